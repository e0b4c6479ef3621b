# Built in one stage with everything, run in a second one without compiler, npm cache or sources.
#   docker build -t postern .
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.app.json playwright.config.ts ./
COPY scripts scripts
COPY src src
RUN npm run build
RUN npm prune --omit=dev

FROM node:24-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY package.json package-lock.json LICENSE ./
COPY scripts scripts
COPY public public
COPY views views
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN mkdir data && chown node:node data
USER node
EXPOSE 3000
# Whether the process answers; what balances the load should ask /readyz, which asks the database too.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/server.js"]
