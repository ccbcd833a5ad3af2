# Build: a static binary from the committed, generated sources.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -tags nethttpomithttp2 -trimpath -ldflags="-s -w" -gcflags="github.com/...=-l" -gcflags="golang.org/...=-l" -gcflags="wrapup/...=-l" \
    -gcflags="wrapup/internal/flow=" -gcflags="wrapup/internal/audit=" -o /out/wrapup ./cmd/wrapup
RUN mkdir -p /out/data

# Run: nothing but the binary, the certificates, the time zones and a folder for the database, as a user without rights.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /
COPY --from=build /out/wrapup /wrapup
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# There is no /tmp: what SQLite cannot hold in memory goes beside the database.
ENV WRAPUP_LISTEN=0.0.0.0:8080 WRAPUP_DATABASE=/data/wrapup.db TMPDIR=/data ZONEINFO=/zoneinfo.zip
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/wrapup"]
CMD ["serve"]
