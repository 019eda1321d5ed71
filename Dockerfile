# syntax=docker/dockerfile:1

# The base image is pinned by its tag. For a build that can be repeated bit by bit, add its digest
# (`docker buildx imagetools inspect node:24-bookworm-slim`) to both FROM lines and let a bot renew it.

FROM node:24-bookworm-slim AS build
WORKDIR /app

# What the installation depends on comes first, so that a change of the sources alone does not repeat it.
COPY package.json package-lock.json ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/file-lock/package.json packages/file-lock/
COPY packages/command-line/package.json packages/command-line/
COPY packages/client/package.json packages/client/
RUN npm ci --no-audit --no-fund

COPY nest-cli.json prisma.config.ts tsconfig.base.json tsconfig.build.json tsconfig.json ./
COPY packages/ packages/
COPY prisma/ prisma/
COPY scripts/build-if-needed.mjs scripts/
COPY src/ src/
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# tini is process 1: it passes signals on, and reaps what an embedded database leaves behind.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=node --group=node --mode=0700 /var/lib/sealpost
WORKDIR /app

COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules/ node_modules/
COPY --from=build /app/packages/protocol/package.json packages/protocol/
COPY --from=build /app/packages/protocol/dist/ packages/protocol/dist/
COPY --from=build /app/packages/protocol/vectors/ packages/protocol/vectors/
COPY --from=build /app/packages/file-lock/package.json packages/file-lock/
COPY --from=build /app/packages/file-lock/dist/ packages/file-lock/dist/
COPY --from=build /app/packages/command-line/package.json packages/command-line/
COPY --from=build /app/packages/command-line/dist/ packages/command-line/dist/
COPY --from=build /app/dist/ dist/
COPY --from=build /app/prisma/migrations/ prisma/migrations/
COPY docs/problems/ docs/problems/

ENV NODE_ENV=production
ENV SEALPOST_HOST=0.0.0.0
ENV SEALPOST_DATA_DIR=/var/lib/sealpost
USER node
VOLUME ["/var/lib/sealpost"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SEALPOST_PORT || process.env.PORT || 8080}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--use-largepages=silent", "dist/main.js"]
