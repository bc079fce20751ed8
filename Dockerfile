# capture in a container: a build stage that writes the archive of `make dist`, and
# a small image that holds it (docs/install.md).
#
#   docker build -t capture .
#   docker run --rm -v "$PWD/models:/models:ro" -v "$PWD/runs:/runs" capture models
FROM golang:1.26-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
        cmake g++ git make pkg-config python3 python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# What the engine is built from changes seldom: it is compiled once, and again only
# when these files change.
COPY scripts/engine.sh scripts/lib.sh scripts/backends.sh scripts/target.sh scripts/amx.h scripts/
RUN BACKEND=cpu LINK=shared SIMD=all scripts/engine.sh build
COPY . .
RUN scripts/dist/dist.sh \
    && mkdir /out \
    && tar xzf dist/capture-*-linux-*.tar.gz -C /out --strip-components=1

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 capture \
    && mkdir /models /runs && chown capture /models /runs
COPY --from=build /out /opt/capture
ENV PATH=/opt/capture/bin:$PATH \
    LLAMA_CACHE=/models
USER 1000
WORKDIR /runs
VOLUME ["/models", "/runs"]
ENTRYPOINT ["capture"]
CMD ["doctor"]
