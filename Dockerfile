# Kospigraph as an image. It brings no PostgreSQL along: DATABASE_URL must name a server, as docker-compose.yml does.

# Debian, because the build's compilers and PostgreSQL's programs are made for the GNU C library.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY src src
RUN npm run build

# What runs, and nothing that builds or tests. Without optional packages the embedded PostgreSQL stays out (the
# other ones only set thread priorities and serve another runtime).
FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:22-bookworm-slim
# An address for other containers asks for API_TOKEN: without one, the program refuses to start.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 LOG_FORMAT=json
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY package.json ./
COPY bin bin
COPY prisma/migrations prisma/migrations
# Owned by root, run by node: the program cannot change itself, and it writes nothing but its log.
USER node
EXPOSE 4000
# A first start migrates and makes the sample market before it listens.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "--input-type=module", "-e", "const { PORT = 4000, API_TOKEN: token } = process.env; const answer = await fetch(`http://127.0.0.1:${PORT}/health`, { headers: token ? { authorization: `Bearer ${token}` } : {} }); process.exit(answer.ok ? 0 : 1)"]
ENTRYPOINT ["node", "bin/kospigraph.js"]
CMD ["serve"]
