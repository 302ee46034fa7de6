import Foundation

/// A call as it crosses: a line with what is known about it, and behind it JSON text of its arguments.
extension JSONWriter {
    /// The line of `call` itself, with what the context adds.
    mutating func writeFacts(of call: ToolCall) throws(JSONProblem) {
        try write(call.facts.within(Context.facts), tool: call.tool)
    }

    mutating func write(_ facts: Facts, tool: String) throws(JSONProblem) {
        try pair("tool", .string(tool), first: true)
        if let principal = facts.principal { try pair("principal", principal.wire) }
        if facts.session != nil || !facts.labels.isEmpty {
            try pair("session", ["id": Value(facts.session), "labels": Value(facts.labels)])
        }
        if let callID = facts.callID { try pair("call_id", .string(callID)) }
        if let approval = facts.approval { try pair("approval", .string(approval)) }
        if let cost = facts.estimatedCostUSD { try pair("estimated_cost_usd", .string(cost)) }
        if let framework = facts.framework { try pair("framework", .string(framework)) }
        if let server = facts.server { try pair("server", .string(server)) }
        if let cwd = facts.cwd { try pair("cwd", .string(cwd)) }
        if !facts.signals.isEmpty { try pair("signals", Value(facts.signals)) }
        close()
        put("\n")
    }

    mutating func writeArguments(of call: ToolCall) throws(JSONProblem) {
        switch call.args {
        case .text(let text): put(text)
        case .unreadable(let code, let message): throw JSONProblem(code, message)
        case .value(let value):
            do { try write(value) } catch { throw JSONProblem(error.code, error.told("args")) }
        }
    }

    /// Lends what was written to `work`, which may not keep it: it is not copied.
    func lent<Output>(_ work: (Data) throws -> Output) rethrows -> Output {
        try bytes.withUnsafeBytes { written in
            guard let start = written.baseAddress else { return try work(Data()) }
            let data = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: written.count, deallocator: .none)
            return try work(data)
        }
    }
}
