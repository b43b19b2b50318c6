# syntax=docker/dockerfile:1

# The image to build with and to run on: a mirror or a digest can be put in its place. Ubuntu's own packages bring .NET.
ARG BASE_IMAGE=ubuntu:24.04

FROM ${BASE_IMAGE} AS build
# true: the image holds the embedded engine (about 570 MB more). false: it needs a ClickHouse server (clickhouse.url).
ARG EMBEDDED_ENGINE=true
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 $([ "$EMBEDDED_ENGINE" = true ] && echo nodejs npm) \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# What decides about packages comes first: a changed source file does not restore them again.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt ./
COPY build/ build/
COPY src/Pipeline.Formats/Pipeline.Formats.csproj src/Pipeline.Formats/
COPY src/Pipeline/Pipeline.csproj src/Pipeline/
COPY src/Pipeline.Engine/Pipeline.Engine.csproj src/Pipeline.Engine/
COPY src/Pipeline.Daemon/Pipeline.Daemon.csproj src/Pipeline.Daemon/
COPY src/Directory.Build.targets src/
RUN dotnet restore src/Pipeline.Daemon/Pipeline.Daemon.csproj

COPY src/ src/
COPY pipeline.yaml ./
# The engine's library goes into the build user's cache, never into the output: it has a layer of its own below.
ENV XDG_CACHE_HOME=/cache
RUN mkdir -p /cache/pipeline \
    && dotnet publish src/Pipeline.Daemon/Pipeline.Daemon.csproj --configuration Release --no-restore --output /app \
         -p:FetchChdb=${EMBEDDED_ENGINE} \
    && if [ "$EMBEDDED_ENGINE" = true ]; then test -n "$(find /cache/pipeline -name libchdb.so)"; fi

FROM ${BASE_IMAGE}
# curl asks for the health; the system's SQLite is newer than the one that the packages bring.
RUN apt-get update && apt-get install -y --no-install-recommends aspnetcore-runtime-10.0 curl libsqlite3-0 && rm -rf /var/lib/apt/lists/*

# The user who owns the folders that are mounted: see docker-compose.yml.
ARG UID=1000
ARG GID=1000
RUN groupadd --non-unique --gid ${GID} pipeline \
    && useradd --non-unique --uid ${UID} --gid ${GID} --home-dir /var/lib/pipeline --no-create-home --shell /usr/sbin/nologin pipeline \
    && install -d -o ${UID} -g ${GID} /var/lib/pipeline /var/lib/pipeline/data /var/lib/pipeline/quarantine \
         /var/lib/pipeline/archive /var/lib/pipeline/.pipeline

COPY --from=build /cache/pipeline /opt/cache/pipeline
COPY --from=build /app /app

# Inside a container the loopback is the container's own: listen on all addresses, and publish the port with care.
ENV XDG_CACHE_HOME=/opt/cache \
    PIPELINE__HTTP__BIND=* \
    PIPELINE__HTTP__PORT=8080

USER pipeline
WORKDIR /var/lib/pipeline
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/app/pipeline"]
CMD ["run", "--home", "/var/lib/pipeline"]
