package vector

import (
	"bytes"
	"fmt"
)

// Encode gives a direction file as Write would write it. The same directions give the same
// bytes.
func Encode(meta Meta, directions []*Direction) ([]byte, error) {
	head, tensors, err := layOut(meta, directions)
	if err != nil {
		return nil, fmt.Errorf("directions: %w", err)
	}
	var out bytes.Buffer
	err = writeTensors(&out, head, tensors)
	return out.Bytes(), err
}
