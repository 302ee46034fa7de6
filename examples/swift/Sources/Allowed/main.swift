// An agent reads a note that it may read, and is kept from a file that it may not.

import Foundation
import Toolgate

let workspace = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
  .appendingPathComponent("toolgate-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: workspace, withIntermediateDirectories: true)
try "Buy milk.".write(
  to: workspace.appendingPathComponent("notes.md"), atomically: true, encoding: .utf8)

let gate = try Gate(
  yaml: """
    version: 1
    audit: off
    default: deny
    tools:
      file.read: { decision: allow, allowed_paths: ["\(workspace.path)/"] }
    """,
  cwd: workspace.path)

/// Reads a file of the workspace.
func readFile(_ path: String) throws -> String {
  let decision = gate.guard(tool: "read_file", args: ["path": .string(path)])
  guard decision.allowed else { return "\(decision)" }
  // Exactly the file that was decided about, whatever was put in its place since.
  return String(decoding: try decision.open().readToEnd() ?? Data(), as: UTF8.self)
}

print("notes.md:", try readFile("notes.md"))
print("../../etc/passwd:", try readFile("../../etc/passwd"))
