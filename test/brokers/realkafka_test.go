package brokers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/publish"
)

// kafkaEnv names an installation of Kafka, in whose folder libs are its jars.
const kafkaEnv = "AVID_KAFKA"

// realKafka starts a broker of Apache Kafka (KRaft, a node alone) that speaks TLS and knows
// user avid by PLAIN and SCRAM.
func realKafka(t *testing.T, home string, p papers) *server {
	t.Helper()
	dir := t.TempDir()
	pair := filepath.Join(dir, "pair.pem")
	key, err1 := os.ReadFile(p.key)
	cert, err2 := os.ReadFile(p.cert)
	if err1 != nil || err2 != nil || os.WriteFile(pair, append(key, cert...), 0o600) != nil {
		t.Fatal(err1, err2)
	}
	s := &server{t: t, port: freePort(t), looks: 3000}
	inner := freePort(t)
	plain := fmt.Sprintf("org.apache.kafka.common.security.plain.PlainLoginModule required user_avid=%q username=\"avid\" password=%q;", sesame, sesame)
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	lines := []string{"process.roles=broker,controller", "node.id=1", fmt.Sprintf("controller.quorum.voters=1@127.0.0.1:%d", inner),
		fmt.Sprintf("listeners=OUT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", s.port, inner), fmt.Sprintf("advertised.listeners=OUT://127.0.0.1:%d", s.port),
		"listener.security.protocol.map=OUT:SASL_SSL,CONTROLLER:PLAINTEXT", "controller.listener.names=CONTROLLER", "inter.broker.listener.name=OUT",
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512", "sasl.mechanism.inter.broker.protocol=PLAIN",
		"listener.name.out.plain.sasl.jaas.config=" + plain,
		"listener.name.out.scram-sha-256.sasl.jaas.config=" + scram, "listener.name.out.scram-sha-512.sasl.jaas.config=" + scram,
		"ssl.keystore.type=PEM", "ssl.keystore.location=" + pair, "ssl.truststore.type=PEM", "ssl.truststore.location=" + p.ca,
		"log.dirs=" + filepath.Join(dir, "data"), "offsets.topic.replication.factor=1", "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
		"auto.create.topics.enable=true", "num.partitions=3"}
	file := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	java := []string{"java", "-Xmx384m", "-cp", filepath.Join(home, "libs", "*")}
	format := append(append([]string{}, java...), "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", file)
	for _, way := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		format = append(format, "--add-scram", fmt.Sprintf("%s=[name=avid,password=%s]", way, sesame))
	}
	if out, err := exec.CommandContext(t.Context(), format[0], format[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.args = append(java, "kafka.Kafka", file)
	s.start()
	return s
}

// TestRealKafka: Apache Kafka itself, by each way to say who comes.
func TestRealKafka(t *testing.T) {
	home := os.Getenv(kafkaEnv)
	if home == "" {
		t.Skip(kafkaEnv + " names no installation of Apache Kafka")
	}
	p := newPapers(t)
	s := realKafka(t, home, p)
	for _, way := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		at := fmt.Sprintf("kafka://avid@127.0.0.1:%d/events-%s?tls=true&create=true&sasl=%s", s.port, way, way)
		real := begin(t, t.TempDir(), at+"&ca="+p.ca+"&password-file="+p.password, publish.Host{})
		put(t, real, 0, 20)
		sent(t, real, 20)
		end(t, real)
		refuses(t, strings.Replace(at, "avid@", "avid:wrong@", 1)+"&ca="+p.ca, "sasl", "auth")
	}
	refuses(t, fmt.Sprintf("kafka://avid@127.0.0.1:%d/events?tls=true&password-file=%s", s.port, p.password), "certificate")
}
