// Package safetensors reads and writes the heads of safetensors files, and reads their
// tensors of floating-point numbers: https://github.com/huggingface/safetensors. A file is
// 8 bytes with the length of its header, the header as JSON, and the tensors one after
// another in little-endian order.
//
// [Open] reads the header and refuses what the format forbids: tensors that overlap, leave
// gaps or lie outside the file, keys that come twice, headers larger than [MaxHeader].
// [File.Floats] reads one tensor, in memory of its size. [Header] gives the bytes that go
// before the tensors.
package safetensors
