package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/storage/rundir"
)

// mostTraining is how large the JSON file beside an adapter may be.
const mostTraining = 1 << 20

// readTraining reads the JSON object that says how an adapter was trained: NAME.json
// beside NAME.gguf or, in its folder, training_config.json or PEFT's adapter_config.json,
// the first that is there. Nil where there is none.
func readTraining(adapter string) (*rundir.Training, error) {
	dir := filepath.Dir(adapter)
	stem := strings.TrimSuffix(filepath.Base(adapter), filepath.Ext(adapter))
	for _, name := range []string{stem + ".json", "training_config.json", "adapter_config.json"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		text, err := textfile.Read(path, mostTraining)
		if err == nil {
			var object map[string]json.RawMessage
			if json.Unmarshal(text, &object) != nil || object == nil {
				err = errors.New("it holds no JSON object")
			}
		}
		if err != nil {
			return nil, hint.Usage(fmt.Errorf("%s, which says how adapter %s was trained: %w", path, filepath.Base(adapter), err), "correct the file, or move it away")
		}
		return &rundir.Training{File: name, Config: text}, nil
	}
	return nil, nil
}
