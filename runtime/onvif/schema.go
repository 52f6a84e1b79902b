package onvif

import "encoding/xml"

// The types are the elements of onvif.xsd, with the prefixes that documents declare.

type stream struct {
	XMLName xml.Name `xml:"tt:MetadataStream"`
	TT      string   `xml:"xmlns:tt,attr"`
	WSNT    string   `xml:"xmlns:wsnt,attr"`
	TNS1    string   `xml:"xmlns:tns1,attr"`
	TNSAvid string   `xml:"xmlns:tnsavid,attr"`
	Frame   *frame   `xml:"tt:VideoAnalytics>tt:Frame"`
	Event   *events  `xml:"tt:Event"`
}

type events struct {
	Notifications []notification `xml:"wsnt:NotificationMessage"`
}

type frame struct {
	UtcTime   string   `xml:"UtcTime,attr"`
	Translate vector   `xml:"tt:Transformation>tt:Translate"`
	Scale     vector   `xml:"tt:Transformation>tt:Scale"`
	Objects   []object `xml:"tt:Object"`
}

type vector struct {
	X float64 `xml:"x,attr"`
	Y float64 `xml:"y,attr"`
}

type bounds struct {
	Left   float64 `xml:"left,attr"`
	Top    float64 `xml:"top,attr"`
	Right  float64 `xml:"right,attr"`
	Bottom float64 `xml:"bottom,attr"`
}

type object struct {
	ID         uint64  `xml:"ObjectId,attr"`
	Box        bounds  `xml:"tt:Appearance>tt:Shape>tt:BoundingBox"`
	Centre     vector  `xml:"tt:Appearance>tt:Shape>tt:CenterOfGravity"`
	Type       string  `xml:"tt:Appearance>tt:Class>tt:ClassCandidate>tt:Type"`
	Likelihood float32 `xml:"tt:Appearance>tt:Class>tt:ClassCandidate>tt:Likelihood"`
}

type notification struct {
	Topic   topic   `xml:"wsnt:Topic"`
	Message message `xml:"wsnt:Message>tt:Message"`
}

type topic struct {
	Dialect string `xml:"Dialect,attr"`
	Text    string `xml:",chardata"`
}

type message struct {
	UtcTime   string `xml:"UtcTime,attr"`
	Operation string `xml:"PropertyOperation,attr"`
	Source    items  `xml:"tt:Source"`
	Data      *items `xml:"tt:Data"`
}

type items struct {
	Items []item `xml:"tt:SimpleItem"`
}

type item struct {
	Name  string `xml:"Name,attr"`
	Value string `xml:"Value,attr"`
}
