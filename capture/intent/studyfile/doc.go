// Package studyfile reads studies of intent that are written by hand: families of scenarios,
// texts with variables, arms and questions in YAML (docs/intent.md), and makes the prompts
// of a study of them. The study that is shipped for chat models is one ([Chat]).
package studyfile
