// Swift's part of the parity test; see `tests/parity/README.md`.

import Foundation
import Toolgate

let now = "2026-11-21T08:00:00Z", cwd = "/workspace", home = "/home/me"
let idSeed: UInt64 = 7

/// Writes `swift.jsonl`: the decision about each call, in canonical form.
func answer(_ directory: String) throws {
    let policies = try Value(json: contents("\(directory)/policies.json")).objectValue ?? [:]
    let gates = try policies.mapValues { text in
        try Gate.at(now, yaml: text.stringValue ?? "", cwd: cwd, home: home, idSeed: idSeed)
    }
    let answers = try contents("\(directory)/calls.jsonl").split(separator: "\n").map { line in
        let call = try Value(json: String(line))
        guard let gate = gates[text(call, "policy")] else { throw Unknown(name: text(call, "policy")) }
        return gate.guard(toolCall(call)).json + "\n"
    }
    try answers.joined().write(toFile: "\(directory)/swift.jsonl", atomically: false, encoding: .utf8)
}

func toolCall(_ call: Value) -> ToolCall {
    let facts = call["facts"] ?? [:], tool = text(call, "tool"), who = facts["principal"].map(principal)
    let session = facts["session"]?.stringValue, callID = facts["call_id"]?.stringValue
    let framework = facts["framework"]?.stringValue, server = facts["server"]?.stringValue
    let cwd = facts["cwd"]?.stringValue, signals = texts(facts, "signals"), labels = texts(facts, "labels")
    if let json = call["args_json"]?.stringValue {
        return ToolCall(
            tool: tool, json: json, principal: who, session: session, callID: callID, framework: framework,
            server: server, cwd: cwd, signals: signals, labels: labels)
    }
    return ToolCall(
        tool: tool, args: call["args"] ?? [:], principal: who, session: session, callID: callID, framework: framework,
        server: server, cwd: cwd, signals: signals, labels: labels)
}

func principal(_ value: Value) -> Principal {
    if let id = value.stringValue { return Principal(id) }
    return Principal(
        text(value, "id"), role: value["role"]?.stringValue, onBehalfOf: texts(value, "on_behalf_of"),
        attributes: value["attributes"]?.objectValue ?? [:])
}

/// Adds decisions, each with what became of it, to a log that others write too.
func record(_ log: String, count: Int) throws {
    let gate = try logged(log)
    for number in 0..<count {
        let decision = gate.guard(tool: "note", args: ["by": "swift", "number": .int(Int64(number))])
        try gate.record(decision, Outcome(.executed, durationMS: 1))
    }
}

/// Says of each log how many records it has, and whether it is whole.
func verify(_ logs: [String]) async throws {
    for log in logs {
        let verification = try await logged(log).verifyAudit()
        print(verification.records, verification.ok ? "whole" : "broken")
    }
}

/// A gate that writes the log.
func logged(_ log: String) throws -> Gate {
    try Gate(yaml: "version: 1\ntools: { note: { decision: allow } }", audit: .directory(log))
}

func contents(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
func text(_ value: Value, _ key: String) -> String { value[key]?.stringValue ?? "" }
func texts(_ value: Value, _ key: String) -> [String] { (value[key]?.arrayValue ?? []).compactMap(\.stringValue) }

struct Unknown: Error {
    let name: String
}

let words = CommandLine.arguments.dropFirst()
switch (words.first, words.dropFirst()) {
case ("answer", let rest): try answer(rest.joined())
case ("record", let rest): try record(rest.first ?? "", count: rest.last.flatMap { Int($0) } ?? 0)
case ("verify", let logs): try await verify(Array(logs))
case (let name, _): throw Unknown(name: name ?? "")
}
