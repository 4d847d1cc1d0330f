# Modelwright in one container: pages, training worker and model server.
#
#   CPU   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu -t modelwright .
#   CUDA  docker build -t modelwright .          (the wheels of the default index bring CUDA along)
#
# For a driver that is too old for that CUDA, name the wheels of an older one: https://pytorch.org/get-started/locally
# lists their addresses. The driver itself and NVIDIA's container toolkit belong to the host; `docker run --gpus all` gives
# the cards to the container, and `python -m core doctor` inside says whether they are used.
FROM python:3.12-slim AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt .
# hadolint ignore=DL3013
RUN torch="$(grep '^torch==' requirements.txt)" \
    && pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$torch" \
    && pip install -r requirements.txt

FROM python:3.12-slim
# fonts-noto-cjk lets the server draw Chinese into images; LightGBM needs libgomp1.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk libgomp1 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 modelwright \
    && mkdir -p /data /models \
    && chown modelwright /data /models
COPY --from=build /opt/venv /opt/venv
COPY --chown=modelwright . /app
WORKDIR /app
USER 10001
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8501 \
    MODELWRIGHT_HOME=/data \
    MODELWRIGHT_ENDS_TOGETHER=on \
    MODELWRIGHT_MODELS=/models \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/api/health\", timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "core", "start"]
