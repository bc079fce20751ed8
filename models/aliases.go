package models

import "intentprobe/models/chat"

// Names of package chat, for callers that do not import it yet.
type (
	Message      = chat.Message
	Object       = chat.Object
	ChatTemplate = chat.Template
	ChatInput    = chat.Input
	Chat         = chat.Rendered
	ChatPart     = chat.Part
	ChatError    = chat.Error
)

// Functions of package chat, for callers that do not import it yet.
var (
	ReadMessage     = chat.ReadMessage
	ReadObject      = chat.ReadObject
	ReadText        = chat.ReadText
	TypeOf          = chat.TypeOf
	QuoteJSON       = chat.QuoteJSON
	NewChatTemplate = chat.NewTemplate
)
