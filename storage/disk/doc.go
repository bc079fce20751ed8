// Package disk is what storage asks of a file system, and the care that it takes with
// files.
//
//   - An [FS] is what a writer of runs needs; [OS] is the real one. Tests wrap it to let
//     every operation fail.
//   - A [Part] has a name that no reader looks for until it is whole, synced and looked at
//     again. [WriteWhole] does the same for a small file.
//   - A [Lock] keeps a folder for one process ([TakeLock]); others get a [*LockedError].
//   - [OpenPlain] opens what came from elsewhere: no folder, link, pipe or device.
//   - Damage of an Arrow file is a *[DamageError], of a text file a [*FileError].
package disk
