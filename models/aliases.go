package models

import (
	"intentprobe/models/cache"
	"intentprobe/models/chat"
	"intentprobe/models/find"
)

// Names of packages below, for callers that do not import it yet.
type (
	Message      = chat.Message
	Object       = chat.Object
	ChatTemplate = chat.Template
	ChatInput    = chat.Input
	Chat         = chat.Rendered
	ChatPart     = chat.Part
	ChatError    = chat.Error
	Found        = find.Found
	Place        = find.Place
)

// Functions of packages below, for callers that do not import it yet.
var (
	ReadMessage     = chat.ReadMessage
	ReadObject      = chat.ReadObject
	ReadText        = chat.ReadText
	TypeOf          = chat.TypeOf
	QuoteJSON       = chat.QuoteJSON
	NewChatTemplate = chat.NewTemplate
	Find            = find.Models
	Places          = find.Places
	Resolve         = find.Resolve
	CacheDir        = cache.Dir
	InCache         = cache.In
)
