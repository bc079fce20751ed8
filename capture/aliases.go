package capture

import (
	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
)

// Types of package spec, for callers that need nothing else of it.
type (
	Spec         = spec.Spec
	Prompts      = spec.Prompts
	Chat         = spec.Chat
	Generate     = spec.Generate
	Capture      = spec.Capture
	Engine       = spec.Engine
	Auto         = spec.Auto
	Layers       = spec.Layers
	Rows         = spec.Rows
	Vars         = spec.Vars
	Followup     = spec.Followup
	Alternatives = spec.Alternatives
	Key          = spec.Key
	Layer        = spec.Layer
)

// Constants of package spec.
const (
	AutoLayers = spec.AutoLayers
	AllLayers  = spec.AllLayers
)

// Functions of package spec.
var (
	DefaultSpec  = spec.Default
	ReadSpecFile = spec.ReadFile
	Keys         = spec.Keys
	CheckThreads = spec.CheckThreads
	ParseNow     = spec.ParseNow
	ReadVariable = spec.ReadVariable
)

// Types of package dataset, for callers that need nothing else of it.
type (
	Row         = dataset.Row
	Dataset     = dataset.Dataset
	PairSummary = dataset.PairSummary
)

// Functions of package dataset.
var (
	ReadDataset      = dataset.Read
	ReadConversation = dataset.ReadConversation
)
