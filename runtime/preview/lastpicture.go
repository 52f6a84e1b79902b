package preview

import "time"

// Picture keeps the newest picture of the stream, a JPEG, of the time at, while the stream
// is expected; nil: there is none any more.
func (e *Expected) Picture(jpeg []byte, at time.Time) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.picture, e.pictured = jpeg, at
}

// LastPicture is the picture that was kept, and its time; nil: there is none.
func (e *Expected) LastPicture() ([]byte, time.Time) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	return e.picture, e.pictured
}

// pictures says how long ago the pictures that are kept were taken, seconds, by path.
func (s *Server) pictures() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]float64{}
	for path, e := range s.expected {
		if e.picture != nil {
			all[path] = s.time.Now().Sub(e.pictured).Seconds()
		}
	}
	return all
}
