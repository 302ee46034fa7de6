import Foundation
import Testing

@testable import Toolgate

/// The repository that the tests stand in.
let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL

let policy = """
    version: 1
    default: require_approval
    tools:
      file.read: { decision: allow, allowed_paths: [/workspace/] }
      note: { decision: allow }
      plan: { decision: dry_run }
      create_charge: { decision: allow }
    rules:
      - id: no-large-charge
        match: { action: create_charge }
        when: args.amount > 1000
        decision: deny
        reason: charges above 1000 are not for agents
    """

/// A gate that records nothing.
func plainGate() throws -> Gate {
    try Gate(yaml: policy, audit: .off)
}

/// A directory that goes when nobody holds it any more.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("toolgate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
}

/// A gate with a log in a directory of its own.
struct Logged {
    let directory: TemporaryDirectory
    let gate: Gate

    init() throws {
        directory = try TemporaryDirectory()
        gate = try Gate(yaml: policy, audit: .directory("\(directory.path)/audit"))
    }

    /// The records of one kind, oldest first.
    func records(_ event: Value) throws -> [Value] {
        let audit = "\(directory.path)/audit"
        let files = try FileManager.default.contentsOfDirectory(atPath: audit).filter { $0.hasSuffix(".jsonl") }
        let lines = try files.sorted().flatMap { file in
            try String(contentsOfFile: "\(audit)/\(file)", encoding: .utf8).split(separator: "\n")
        }
        return try lines.map { try Value(json: String($0)) }.filter { $0["event"] == event }
    }
}

func policyCode(_ error: any Error) -> String? {
    if case ToolgateError.policy(_, let code) = error { code } else { nil }
}

func failureCode(_ error: any Error) -> String? {
    if case ToolgateError.failed(_, let code) = error { code } else { nil }
}

/// What a tool says that should not have run.
func itRan() {
    Issue.record("it ran")
}
