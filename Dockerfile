# Runs the service outside an enclave, to try it: compose.yaml. The images for production are in deploy/enclave/.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run release:make

FROM ${NODE_IMAGE}
WORKDIR /app
COPY --from=build /build/release/generator-client ./
RUN mkdir /data && chown 1000:1000 /data
# The container's own addresses: compose.yaml publishes the port on loopback only.
ENV HOST=0.0.0.0 CONFIG_DIR=/data
# The image's user "node".
USER 1000:1000
VOLUME /data
EXPOSE 5000
ENTRYPOINT ["node", "generator-client.cjs"]
