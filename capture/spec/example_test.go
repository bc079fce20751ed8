package spec_test

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// A layer is what one source sets, here a command line; its errors name the place.
func ExampleLayer() {
	commandLine := spec.Layer{}
	for _, said := range []struct{ key, value string }{{"model", "smollm2-135m-instruct"}, {"generate.temperature", "0.8"}, {"generate.top_k", "many"}} {
		if err := commandLine.Set("--set "+said.key, said.key, said.value, false); err != nil {
			fmt.Println("error:", err)
		}
	}
	s := spec.Default()
	s.Apply(commandLine)
	fmt.Println(s.Model, s.Generate.Temperature, s.Generate.TopK, s.Validate())
	// Output:
	// error: --set generate.top_k: "many" is not a whole number
	// smollm2-135m-instruct 0.8 0 <nil>
}

// What is wrong with a spec is a usage error, with a hint on what to do.
func ExampleSpec_Validate() {
	s := spec.Default()
	s.Model, s.Capture.DType = "smollm2-135m-instruct", "float8"
	err := s.Validate()
	fmt.Println(err)
	fmt.Println(hint.Of(err, func(reference any) string { return fmt.Sprint(reference) }))
	// Output:
	// capture.dtype is "float8"
	// use float32, float16
}
