package capture

import (
	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
)

// Names of package spec, for callers that do not import it yet.
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
	SpanRule     = spec.SpanRule
	Knowledge    = spec.Knowledge
	Followup     = spec.Followup
	Alternatives = spec.Alternatives
	Key          = spec.Key
	Layer        = spec.Layer
	tags         = spec.Tags
)

// Constants of package spec.
const (
	AutoLayers     = spec.AutoLayers
	AllLayers      = spec.AllLayers
	stageKnowledge = spec.StageKnowledge
)

// Functions of package spec.
var (
	DefaultSpec   = spec.Default
	ReadSpecFile  = spec.ReadFile
	Keys          = spec.Keys
	CheckThreads  = spec.CheckThreads
	ParseNow      = spec.ParseNow
	ReadVariable  = spec.ReadVariable
	roleCode      = spec.RoleCode
	reasoningTags = spec.ReasoningTags
)

// Names of package dataset, for callers that do not import it yet.
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
