// What a guarded call costs in Swift, beside the bare crossing into the library. `make bench` runs it on release builds.
//
// Each row is the best of many batches in the thread's own time, so that other programs on the machine matter little;
// the ratios compare rows of one run.

import Foundation
import Toolgate

let rules = (0..<9).map { number in
    "  - { id: rule-\(number), match: { action: file.write, target: /srv/\(number)/** }, decision: deny }"
}
let gate = try Gate(
    yaml: """
        version: 1
        default: require_approval
        tools:
          file.read: { decision: allow, allowed_paths: [/workspace/] }
          create_charge: { decision: allow }
        rules:
        \(rules.joined(separator: "\n"))
        """, audit: .off)
let args: Value = [
    "amount": 2000, "currency": "eur", "customer": "cus_9s6XKzkNRiz8i3",
    "description": "Invoice 2026-0117, services of October",
    "metadata": ["order": "A-7731", "channel": "agent", "retries": 0, "tags": ["october", "services", "net30"]],
    "items": [["sku": "S-100", "quantity": 2, "price": 750.0], ["sku": "S-200", "quantity": 1, "price": 500.0]],
]
let text = try args.json()
let tool = "stripe.charges.create"
let call = ToolCall(tool: tool, args: args), textCall = ToolCall(tool: tool, json: text)
/// The calls that the other languages' benchmarks put to other engines too.
let ten = try Value(
    json: String(
        contentsOf: URL(fileURLWithPath: #filePath).appendingPathComponent("../../../tests/bench/calls.json")
            .standardizedFileURL, encoding: .utf8))
let tenGate = try Gate(
    yaml: (ten["policy"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: "\n"), cwd: "/workspace",
    home: "/home/me")
let tenCalls = (ten["calls"]?.arrayValue ?? []).map { one in
    ToolCall(tool: one["tool"]?.stringValue ?? "", args: one["args"] ?? [:])
}
let principal = Principal("agent:finance-sync", role: "prod")

let rows: [(String, () throws -> Bool)] = [
    ("bare crossing that converts the arguments", { try Gate.convertOnly(call) }),
    ("the same, JSON text", { try Gate.convertOnly(textCall) }),
    ("gate.guard", { gate.guard(call).allowed }),
    ("gate.guard, JSON text", { gate.guard(textCall).allowed }),
    (
        "gate.guard, principal and session",
        {
            gate.guard(tool: tool, args: args, principal: principal, session: "run-7").allowed
        }
    ),
    ("gate.guard, one path", { gate.guard(tool: "read_file", args: ["path": "/workspace/src/main.py"]).allowed }),
    ("gate.guard, and the reason read", { !gate.guard(call).reason.isEmpty }),
    ("the arguments as sorted JSON text", { try !args.json().isEmpty }),
    ("gate.guard, ten calls of many kinds together", { tenCalls.count { tenGate.guard($0).allowed } > 0 }),
]

func threadTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func nanoseconds(_ work: () throws -> Bool) rethrows -> Double {
    let calls = 200
    var best = UInt64.max
    for _ in 0..<300 {
        let start = threadTime()
        for _ in 0..<calls { _ = try work() }
        best = min(best, threadTime() - start)
    }
    return Double(best) / Double(calls)
}

func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
}

let bare = try nanoseconds(rows[0].1)
print("what".padding(toLength: 44, withPad: " ", startingAt: 0) + padded("ns", 10) + padded("x bare", 9))
for (name, work) in rows {
    let time = try nanoseconds(work)
    print(
        name.padding(toLength: 44, withPad: " ", startingAt: 0) + padded(String(Int(time)), 10)
            + padded(String(format: "%.2f", time / bare), 9))
}
