# The broker's image with the Prometheus JMX exporter, a Java agent; KAFKA_JMX_EXPORTER names its port and its settings.
FROM maven:3-eclipse-temurin-17 AS exporter
RUN mvn -q dependency:copy -Dartifact=io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1 -DoutputDirectory=/jmx -Dmdep.stripVersion=true

FROM apache/kafka:4.1.1
COPY --from=exporter /jmx/jmx_prometheus_javaagent.jar /opt/jmx/
COPY local/jmx-exporter.yml /opt/jmx/
# Only the broker gets the agent: its tools run in the same container, and the port is taken.
CMD ["bash", "-c", "KAFKA_OPTS=-javaagent:/opt/jmx/jmx_prometheus_javaagent.jar=$KAFKA_JMX_EXPORTER exec /etc/kafka/docker/run"]
