package mqtt

import (
	"cmp"
	"maps"

	"avid/runtime/publish"
)

// object is one of JSON's.
type object = map[string]any

// device is what Home Assistant is told of a camera: one device with its entities.
func (m *Carrier) device(c publish.Camera) object {
	token := publish.Token(c.Name)
	id := "avid_" + token
	topic := func(parts ...string) string { return m.topic(append([]string{token}, parts...)...) }
	components := object{
		"irregular": object{"platform": "binary_sensor", "name": "Irregularity", "device_class": "motion", "state_topic": topic(irregularTopic)},
		"event": object{"platform": "event", "name": "Event", "state_topic": topic(eventTopic), "icon": "mdi:motion-sensor",
			"event_types":    []string{"begin", "change", "end", "scene-begin", "scene-end"},
			"value_template": "{{ dict(value_json, event_type=value_json.type) | to_json }}"},
		"score":     m.sensor(token, "Score", "score", object{"suggested_display_precision": 2}),
		"threshold": m.sensor(token, "Threshold", "threshold", object{"suggested_display_precision": 2}),
		"fps":       m.sensor(token, "Frames", "fps", object{"suggested_display_precision": 1, "unit_of_measurement": "frames/s"}),
		"lag":       m.sensor(token, "Lag", "lag", object{"suggested_display_precision": 2, "unit_of_measurement": "s", "device_class": "duration"}),
		"skipped":   m.sensor(token, "Skipped frames", "skipped", object{"unit_of_measurement": "frames", "state_class": "total_increasing"}),
	}
	if m.board.has(topic(snapshotTopic)) {
		components["snapshot"] = object{"platform": "image", "name": "Last event", "image_topic": topic(snapshotTopic), "content_type": "image/jpeg"}
	}
	if m.host.Detect != nil {
		components["detect"] = object{"platform": "switch", "name": "Detect", "command_topic": topic(detectTopic, "set"), "state_topic": topic(detectTopic, "state")}
	}
	if m.host.FalseAlarmRate != nil {
		components["false_alarm_rate"] = object{"platform": "number", "name": "False alarms a day", "mode": "box", "min": 0, "max": mostRate, "step": 0.01,
			"command_topic": topic(rateTopic, "set"), "state_topic": topic(rateTopic, "state")}
	}
	for key, c := range components {
		c.(object)["unique_id"] = id + "_" + key
	}
	return object{
		"device":            object{"identifiers": []string{id}, "name": cmp.Or(c.Title, c.Name), "manufacturer": "avid", "model": c.Bundle},
		"origin":            object{"name": "avid"},
		"availability":      []object{{"topic": m.topic("available")}, {"topic": topic("available")}},
		"availability_mode": "all",
		"qos":               1,
		"components":        components,
	}
}

// sensor is a number of the state, with further fields; null is no number, and Home
// Assistant's word for that is None.
func (m *Carrier) sensor(token, name, field string, further object) object {
	o := object{"platform": "sensor", "name": name, "state_topic": m.topic(token, stateTopic), "state_class": "measurement",
		"entity_category": "diagnostic", "value_template": "{{ value_json." + field + " }}"}
	maps.Copy(o, further)
	return o
}
