# syntax=docker/dockerfile:1
# A static binary on an empty base, run as nobody in particular.
#   docker build -t piiproxy .
#   docker run --read-only -p 8080:8080 -v ./piiproxy.yaml:/etc/piiproxy/piiproxy.yaml:ro piiproxy
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" -o /piiproxy ./cmd/piiproxy

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /piiproxy /piiproxy
USER 65532:65532
EXPOSE 8080 8081 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/piiproxy", "health"]
ENTRYPOINT ["/piiproxy"]
CMD ["serve", "--config", "/etc/piiproxy/piiproxy.yaml"]
