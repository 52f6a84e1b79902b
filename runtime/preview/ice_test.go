package preview

import (
	"testing"
	"time"
)

// TestTurnSecret: credentials are those that coturn makes of the same secret, which none
// of them tells, and servers with a user stay as they are.
func TestTurnSecret(t *testing.T) {
	servers, err := iceServers("", []string{"turn::north@turn.example:3478", "turn:u:p@turn.example:3478"})
	if err != nil {
		t.Fatal(err)
	}
	// echo -n 1700086400:avid | openssl dgst -binary -sha1 -hmac north | base64
	const want = "A0WzvZ4UZY3OajbKDUaTHjDePOo="
	got := present(servers, time.Unix(1700000000, 0))
	if got[0].Username != "1700086400:avid" || got[0].Credential != want {
		t.Errorf("%s %v", got[0].Username, got[0].Credential)
	}
	if got[1].Username != "u" || got[1].Credential != "p" || servers[0].Username != "" {
		t.Errorf("%+v, and of before %+v", got[1], servers[0])
	}
	for _, bad := range []string{"turn:turn.example:3478", "turn::@turn.example:3478", "turn:@turn.example"} {
		if _, err := iceServers("", []string{bad}); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
