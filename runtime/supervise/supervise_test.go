package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"avid/runtime/supervise"
)

var errGone = errors.New("the camera is gone")

// steady is a job that runs until it is stopped.
func steady(began chan<- string, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		began <- name
		<-ctx.Done()
		began <- name + " ended"
		return ctx.Err()
	}
}

func TestApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := supervise.New(t.Context(), supervise.Options{})
		heard := make(chan string, 10)
		job := func(name string, settings any) supervise.Job {
			return supervise.Job{Settings: settings, Run: steady(heard, name)}
		}
		hear := func(want ...string) {
			t.Helper()
			synctest.Wait()
			got := map[string]bool{}
			for range len(heard) {
				got[<-heard] = true
			}
			all := map[string]bool{}
			for _, w := range want {
				all[w] = true
			}
			if !reflect.DeepEqual(got, all) {
				t.Fatalf("heard %v, want %v", got, want)
			}
		}
		apply := func(want supervise.Change, jobs map[string]supervise.Job) {
			t.Helper()
			if got := s.Apply(jobs); !reflect.DeepEqual(got, want) {
				t.Fatalf("changed %+v, want %+v", got, want)
			}
		}
		apply(supervise.Change{Started: []string{"a", "b"}}, map[string]supervise.Job{"a": job("a1", []string{"x"}), "b": job("b1", 1)})
		hear("a1", "b1")
		apply(supervise.Change{Started: []string{"c"}, Replaced: []string{"b"}},
			map[string]supervise.Job{"a": job("a2", []string{"x"}), "b": job("b2", 2), "c": job("c1", 0)})
		hear("b1 ended", "b2", "c1")
		apply(supervise.Change{Stopped: []string{"a", "c"}}, map[string]supervise.Job{"b": job("b3", 2)})
		hear("a1 ended", "c1 ended")
		if st := s.States(); len(st) != 1 || !st["b"].Running || st["b"].Restarts != 0 {
			t.Errorf("states are %+v", st)
		}
		s.Close()
		hear("b2 ended")
	})
}

// TestReplacedWaits: the new form of a job begins when the old one has ended, however
// often it is replaced meanwhile, and the forms between are never run.
func TestReplacedWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := supervise.New(t.Context(), supervise.Options{})
		release, heard := make(chan bool), make(chan string, 10)
		slow := func(ctx context.Context) error { <-ctx.Done(); <-release; heard <- "1 ended"; return nil }
		s.Apply(map[string]supervise.Job{"a": {Settings: 1, Run: slow}})
		synctest.Wait()
		s.Apply(map[string]supervise.Job{"a": {Settings: 2, Run: steady(heard, "2")}})
		s.Apply(map[string]supervise.Job{"a": {Settings: 3, Run: steady(heard, "3")}})
		synctest.Wait()
		if len(heard) != 0 {
			t.Fatalf("%s before the first form has ended", <-heard)
		}
		release <- true
		synctest.Wait()
		if a, b := <-heard, <-heard; a != "1 ended" || b != "3" || len(heard) != 0 {
			t.Errorf("%s, %s and %d more", a, b, len(heard))
		}
		s.Close()
	})
}

// TestAgain: a job that fails, or panics, is run again, later and later, and sooner
// after a long run.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s := supervise.New(t.Context(), supervise.Options{First: time.Second, Longest: 4 * time.Second,
			Again: func(_ string, err error) bool { return err.Error() != "never" },
			Failed: func(name string, err error, wait time.Duration) {
				told = append(told, fmt.Sprintf("%s %v %s", name, wait, strings.SplitN(err.Error(), "\n", 2)[0]))
			}})
		run := 0
		s.Apply(map[string]supervise.Job{"a": {Run: func(context.Context) error {
			switch run++; run {
			case 1, 3, 4:
				return errGone
			case 2:
				panic("index out of range")
			case 5:
				time.Sleep(5 * time.Second)
				return errGone
			case 6:
				return errors.New("never")
			}
			return nil
		}}})
		s.Wait()
		want := []string{"a 1s the camera is gone", "a 2s panic: index out of range", "a 4s the camera is gone", "a 4s the camera is gone", "a 1s the camera is gone", "a -1ns never"}
		if !reflect.DeepEqual(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		if st := s.States()["a"]; !st.Done || st.Running || st.Restarts != 5 || st.Err == nil {
			t.Errorf("state is %+v", st)
		}
		s.Close()
	})
}

// TestStopWhileWaiting: a job that waits for its next run is stopped at once.
func TestStopWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := supervise.New(t.Context(), supervise.Options{First: time.Hour, Longest: time.Hour})
		ended := 0
		s.Apply(map[string]supervise.Job{"a": {Run: func(context.Context) error { return errGone }, End: func() { ended++ }}})
		synctest.Wait()
		if ended != 0 {
			t.Error("it has ended while it waits for its next run")
		}
		if st := s.States()["a"]; st.Running || st.Done || !errors.Is(st.Err, errGone) {
			t.Errorf("state is %+v", st)
		}
		began := time.Now()
		s.Close()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("stopping took %v", waited)
		}
		if ended != 1 {
			t.Errorf("its end was told %d times", ended)
		}
	})
}
