package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"avid/runtime/state"
)

// indexName is the index's file in its store.
const indexName = "index.sqlite"

// schema is the tables, and version what PRAGMA user_version has with them. Times are
// milliseconds since 1970 (UTC), sizes bytes, paths those below the store's folder.
const (
	version = 2
	schema  = `
CREATE TABLE segments (
	path TEXT PRIMARY KEY, camera TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
	size INTEGER NOT NULL, open INTEGER NOT NULL);
CREATE INDEX segments_start ON segments (start);
CREATE INDEX segments_camera ON segments (camera, start);
CREATE TABLE events (
	camera TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, kind TEXT NOT NULL, zone TEXT NOT NULL,
	start INTEGER NOT NULL, end INTEGER NOT NULL, peak REAL, threshold REAL, bundle TEXT NOT NULL,
	size INTEGER NOT NULL, acknowledged INTEGER NOT NULL, who TEXT NOT NULL, normal INTEGER NOT NULL, note TEXT NOT NULL, ordinary TEXT NOT NULL, PRIMARY KEY (camera, id));
CREATE INDEX events_start ON events (start);
CREATE INDEX events_camera ON events (camera, start);
CREATE TABLE clips (
	path TEXT PRIMARY KEY, camera TEXT NOT NULL, event TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
	size INTEGER NOT NULL, open INTEGER NOT NULL);
CREATE INDEX clips_event ON clips (camera, event);
CREATE TABLE pictures (
	path TEXT PRIMARY KEY, camera TEXT NOT NULL, event TEXT NOT NULL, marked INTEGER NOT NULL, size INTEGER NOT NULL);
CREATE INDEX pictures_event ON pictures (camera, event);
`
)

// index is the SQLite file. Its methods may be called from any goroutine.
type index struct{ db *sql.DB }

// openIndex opens the index of a store. made says that it is a new one, and why that
// the old one was of no use, if there was one.
func openIndex(dir string) (x *index, made bool, why error, err error) {
	path := filepath.Join(dir, indexName)
	if _, err := os.Stat(path); err == nil {
		if x, why = tryIndex(path); why == nil {
			return x, false, nil, nil
		}
		if err := dropIndex(path); err != nil {
			return nil, false, why, err
		}
	}
	x, err = makeIndex(path)
	return x, true, why, err
}

// connect opens a file with one connection: writers of SQLite wait for each other
// anyway. Its log of changes is kept short, as it lies on a disk that may get full.
func connect(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(64)&_pragma=journal_size_limit(524288)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// tryIndex opens an index that is there, and fails where it is damaged or another
// version's.
func tryIndex(path string) (*index, error) {
	db, err := connect(path)
	if err != nil {
		return nil, err
	}
	var is int
	var check string
	err = db.QueryRow("PRAGMA user_version").Scan(&is)
	if err == nil {
		err = db.QueryRow("PRAGMA quick_check(1)").Scan(&check)
	}
	if err == nil && (is != version || check != "ok") {
		err = fmt.Errorf("%w: its index has version %d (this avid's is %d), and its check says %q", ErrStore, is, version, check)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &index{db}, nil
}

// makeIndex makes an empty one.
func makeIndex(path string) (*index, error) {
	db, err := connect(path)
	if err != nil {
		return nil, err
	}
	x := &index{db}
	err = x.change(func(tx *sql.Tx) error {
		_, err := tx.Exec(schema + fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: making its index: %w", ErrStore, err), db.Close())
	}
	return x, nil
}

// dropIndex removes an index of no use; what it had is in the files.
func dropIndex(path string) error {
	var all error
	for _, ending := range []string{"", "-wal", "-shm"} {
		all = errors.Join(all, state.Remove(path+ending))
	}
	return all
}

// change runs a transaction: all of it is done, or nothing.
func (x *index) change(do func(*sql.Tx) error) error {
	tx, err := x.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// close ends the use of the index.
func (x *index) close() error { return x.db.Close() }
