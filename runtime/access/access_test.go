package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"avid/runtime/access"
)

func TestByToken(t *testing.T) {
	anna, bert := access.NewToken("anna"), access.NewToken("bert")
	if anna == access.NewToken("anna") || len(anna) < 40 {
		t.Errorf("token %q", anna)
	}
	u, err := access.NewUsers([]access.User{
		{Name: "anna", Token: access.Hash(anna), Manage: true}, {Name: "bert", Token: bert, Streams: []string{"door"}}, {Name: "carl", Token: "c:1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{
		anna: "anna", bert: "bert", "c:1": "carl", "": "", "anna": "", "anna:": "", "anna:" + strings.Repeat("0", 40): "", "bert:" + anna: "", "nobody:x": "",
		access.Hash(anna): "", strings.ToUpper(bert): "",
	} {
		for range 2 { // the second time it is known
			got, ok := u.ByToken(token)
			if got.Name != want || ok != (want != "") {
				t.Errorf("%q is %q, want %q", token, got.Name, want)
			}
		}
	}
	got, ok := u.ByName("bert")
	if p := got.Principal(); !ok || p.Manage || p.All() || !p.May("door") || p.May("yard") {
		t.Errorf("bert is %+v", p)
	}
	if _, ok := u.ByName("nobody"); ok {
		t.Error("nobody is somebody")
	}
}

func TestNewUsersRefuses(t *testing.T) {
	hash := access.Hash("x")
	for name, all := range map[string][]access.User{
		"no name": {{Token: "x"}}, "a name with a point": {{Name: "a.b", Token: "x"}}, "no token": {{Name: "a"}}, "a token with a space": {{Name: "a", Token: "x y"}},
		"twice":         {{Name: "a", Token: "x"}, {Name: "a", Token: "y"}},
		"half a hash":   {{Name: "a", Token: hash[:30]}},
		"another hash":  {{Name: "a", Token: strings.Replace(hash, "v=19", "v=16", 1)}},
		"a costly hash": {{Name: "a", Token: strings.Replace(hash, "m=19456", "m=99999999", 1)}},
		"no salt":       {{Name: "a", Token: "$argon2id$v=19$m=19456,t=2,p=1$$" + hash[strings.LastIndex(hash, "$")+1:]}},
	} {
		if _, err := access.NewUsers(all); !errors.Is(err, access.ErrUser) || strings.Contains(err.Error(), "$") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFrom(t *testing.T) {
	if p := access.From(context.Background()); p.Manage || p.All() || p.May("door") {
		t.Errorf("nobody is %+v", p)
	}
	if p := access.From(access.With(t.Context(), access.Principal{Manage: true})); !p.Manage || !p.May("door") {
		t.Errorf("somebody is %+v", p)
	}
}

func FuzzUsers(f *testing.F) {
	f.Add("a", access.Hash("a:x"), "a:x")
	f.Add("a", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "a:x")
	f.Fuzz(func(_ *testing.T, name, token, tried string) {
		if strings.Contains(token, "m=") && !strings.Contains(token, "m=8,") && !strings.Contains(token, "m=19456,") {
			return // slow
		}
		u, err := access.NewUsers([]access.User{{Name: name, Token: token}})
		if err == nil {
			u.ByToken(tried)
		}
	})
}
