# Three stages: the Rego compiler, the console with all packages, and what runs: no shell, no package manager, no root.

FROM golang:1.26-bookworm AS opa
WORKDIR /src
COPY scripts/toolchain/opa/go.mod scripts/toolchain/opa/go.sum ./
RUN CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -ldflags="-s -w" -o /out/opa github.com/open-policy-agent/opa

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci && mkdir /production && cp package.json package-lock.json .npmrc /production/ \
    && npm ci --omit=dev --prefix /production
COPY . .
RUN cd console && node ../node_modules/vite/bin/vite.js build --outDir dist --emptyOutDir
RUN mkdir /data && chown 65532:65532 /data

FROM gcr.io/distroless/nodejs24-debian12:nonroot AS gateway
WORKDIR /app
ENV NODE_ENV=production
COPY --from=opa /out/opa /usr/local/bin/opa
COPY --from=build /production/node_modules ./node_modules
COPY --from=build /app/console/dist ./console/dist
COPY --from=build --chown=65532:65532 /data /app/.sallyport
COPY package.json LICENSE ./
COPY gateway ./gateway
COPY rego ./rego
USER 65532:65532
VOLUME ["/app/.sallyport"]
EXPOSE 8700 8701
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/nodejs/bin/node", "gateway/main.ts", "health"]
ENTRYPOINT ["/nodejs/bin/node", "gateway/main.ts"]
# Mount your sallyport.yaml into /app; its data_dir defaults to the volume.
CMD ["serve"]
