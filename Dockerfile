# smart-check with a browser, for pipelines: docker run --rm -v "$PWD:/work" smart-check run -c ehr.yaml
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Nothing of Playwright's own is needed: the browser is Debian's.
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci
COPY . .
RUN npm pack --pack-destination /tmp

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends chromium fonts-noto-core fonts-noto-cjk ca-certificates tini \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /tmp/smart-check-*.tgz /tmp/
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install -g /tmp/smart-check-*.tgz \
  && rm -rf /tmp/* /root/.npm \
  && useradd --create-home --uid 10001 smart-check \
  && mkdir /work && chown smart-check /work
# Chromium's own sandbox wants privileges that a container does not give; the container, and its user, stand in for it.
# What it keeps at home goes to /tmp: with --user, home is the mounted folder, or one that cannot be written.
RUN printf '#!/bin/sh\nexport HOME=/tmp XDG_CONFIG_HOME=/tmp/.config XDG_CACHE_HOME=/tmp/.cache XDG_DATA_HOME=/tmp/.local\nexec /usr/bin/chromium --no-sandbox --disable-dev-shm-usage "$@"\n' > /usr/local/bin/smart-check-chromium \
  && chmod 755 /usr/local/bin/smart-check-chromium
ENV SMART_CHECK_BROWSER=/usr/local/bin/smart-check-chromium
USER smart-check
WORKDIR /work
# The first process of a container has no defaults for signals and must bury what the browser leaves behind.
ENTRYPOINT ["tini", "--", "smart-check"]
CMD ["--help"]
