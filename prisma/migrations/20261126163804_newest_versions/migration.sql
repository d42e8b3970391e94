-- CreateIndex
CREATE INDEX "model_version_symbol_id_recipe_name_window_last_number_idx" ON "model_version"("symbol_id", "recipe_name", "window_last", "number");
