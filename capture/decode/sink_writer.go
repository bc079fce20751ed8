package decode

import (
	"intentprobe/models"
	"intentprobe/storage"
	"intentprobe/storage/arrowfile"
)

// WriterSink is the sink that writes a run directory: each call goes to the method of
// the same name of the writer, and rows are filled in the writer's own buffers. Finish
// and Close stay with whoever made the writer.
func WriterSink(w *storage.Writer) Sink { return writerSink{w} }

type writerSink struct{ *storage.Writer }

// Start does nothing: the writer was made for its columns.
func (writerSink) Start([]arrowfile.Column) error { return nil }

func (s writerSink) Begin(rows int) SampleSink { return writerSample{s.Writer.Begin(rows)} }
func (s writerSink) BeginHeld() SampleSink     { return writerSample{s.Writer.BeginHeld()} }

type writerSample struct{ *storage.SampleWriter }

func (s writerSample) Reserve() (models.Target, error) {
	p, err := s.SampleWriter.Reserve()
	return models.Target(p), err
}
