-- A bar with the flag ROUNDED (bit 5) may contradict the order of its prices by one unit of its symbol's decimals. A check
-- cannot see the symbol, so it allows the largest unit, that of a share: 1.
ALTER TABLE "bar"
    DROP CONSTRAINT "bar_prices_ordered",
    DROP CONSTRAINT "bar_prices_positive_and_finite",
    ADD CONSTRAINT "bar_prices_ordered" CHECK (
        CASE WHEN "flags" & 32 = 0
            THEN "low" <= "open" AND "open" <= "high" AND "low" <= "close" AND "close" <= "high"
            ELSE greatest("open", "low", "close") <= "high" + 1 AND least("open", "high", "close") >= "low" - 1
        END),
    ADD CONSTRAINT "bar_prices_positive_and_finite" CHECK (
        least("open", "high", "low", "close") > 0 AND greatest("open", "high", "low", "close") < 'Infinity');
