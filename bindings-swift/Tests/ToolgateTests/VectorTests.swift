import Foundation
import Testing

@testable import Toolgate

/// Runs the shared vectors, which say what every language has to answer.
///
/// `tests/vectors/index.json` says which files there are and how many cases each holds, so that a case that was lost,
/// or that this runner passed over, is found.
struct VectorTests {
    @Test(arguments: index["files"]?.arrayValue ?? [])
    func everyCaseOf(entry: Value) async throws {
        let vectors = try vectorFile(entry.text("file"))
        let cases = vectors.items("cases")
        #expect(vectors.text("op") == entry.text("op"))
        #expect(Int64(cases.count) == entry["cases"]?.intValue)
        #expect(Set(cases.map { $0.text("id") }).count == cases.count)
        let check = try #require(operations[entry.text("op")])
        let gates = Gates()
        var wrong: [String] = []
        for one in cases {
            let why = try await check(gates, vectors, one)
            if !why.isEmpty { wrong.append("\(one.text("id")) (\(one.text("why"))): \(why)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(cases.count) cases\n\(wrong.joined(separator: "\n"))")
    }

    @Test func everyFileIsInTheIndex() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: vectorDirectory.path)
        let listed = index.items("files").map { $0.text("file") }
        #expect(Set(listed) == Set(files.filter { $0.hasSuffix(".json") }).subtracting(["index.json", "api.json"]))
        #expect(index["total"]?.intValue == index.items("files").reduce(0) { $0 + ($1["cases"]?.intValue ?? 0) })
    }
}

private let vectorDirectory = repository.appendingPathComponent("tests/vectors")
private let index = (try? vectorFile("index.json")) ?? [:]
private let now = "2026-11-21T08:00:00Z", workspace = "/workspace", home = "/home/me"
private let readingOnly = "default: require_approval\npaths: { rules: posix, links: ignore }"

private func vectorFile(_ name: String) throws -> Value {
    try Value(json: String(contentsOf: vectorDirectory.appendingPathComponent(name), encoding: .utf8))
}

/// The gates of one file of vectors, each made once.
private final class Gates {
    private var made: [[String]: Gate] = [:]

    /// `files` is the JSON text of a tree.
    func gate(_ policy: String, cwd: String, home: String, files: String?) throws -> Gate {
        try kept([policy, cwd, home, files ?? ""]) {
            try Gate.at(now, yaml: policy, cwd: cwd, home: home, files: files)
        }
    }

    /// A gate that is only asked how it reads calls.
    func reader(cwd: String? = workspace, home: String? = home) throws -> Gate {
        try kept([cwd ?? "", home ?? ""]) { try Gate(yaml: readingOnly, audit: .off, cwd: cwd, home: home) }
    }

    private func kept(_ key: [String], _ make: () throws -> Gate) rethrows -> Gate {
        let gate = try made[key] ?? make()
        made[key] = gate
        return gate
    }
}

extension Value {
    fileprivate func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
    fileprivate func items(_ key: String) -> [Value] { self[key]?.arrayValue ?? [] }
}

extension Array<Value> {
    fileprivate var sortedByText: Value { .array(sorted { $0.description < $1.description }) }
}

/// Where `got` lacks what is expected; empty if nowhere. Of objects only what is expected is looked at.
private func differences(_ got: Value?, _ expected: Value, _ place: String = "") -> String {
    if case .object(let wanted) = expected, let got, case .object = got {
        return joined(wanted.map { key, value in differences(got[key] ?? .null, value, "\(place).\(key)") })
    }
    if case .array(let wanted) = expected, case .array(let items)? = got, wanted.count == items.count,
        wanted.contains(where: { $0.objectValue != nil })
    {
        return joined(zip(items, wanted).enumerated().map { differences($1.0, $1.1, "\(place)[\($0)]") })
    }
    // The texts are compared as bytes: Swift takes two spellings of one character for equal.
    let same = got.map { $0.description.utf8.elementsEqual(expected.description.utf8) } ?? false
    return same ? "" : "\(place.isEmpty ? "it" : place) is \(got?.description ?? "missing"), not \(expected)"
}

private func joined(_ parts: [String]) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: "; ")
}

/// The action as the gate reads it; its doubts tell what could not be read.
private func action(_ gate: Gate, _ call: ToolCall) throws -> Value {
    try gate.explain(call)["parts"]?[0]?["action"] ?? .null
}

private typealias Check = @Sendable (Gates, _ vectors: Value, _ one: Value) async throws -> String

private let operations: [String: Check] = [
    "map": checkMap, "path": checkPath, "url": checkURL, "sql": checkSQL, "code": checkCode, "redact": checkRedact,
    "policy": checkPolicy, "guard": checkGuard, "read": checkRead, "story": checkStory,
]

private let checkMap: Check = { gates, _, one in
    let given = one["input"] ?? .null, expected = one["expect"] ?? .null
    let call = ToolCall(
        tool: given.text("tool"), args: given["args"] ?? .null, framework: given["framework"]?.stringValue,
        server: given["server"]?.stringValue)
    let read = try action(gates.reader(), call)
    let got: Value = [
        "action": read["type"] ?? .null, "category": read["category"] ?? .null, "target": read["target"] ?? .null,
    ]
    let wanted = Value.object((expected.objectValue ?? [:]).filter { got[$0.key] != nil })
    // The arguments are compared as a whole: none may be lost, none may be added.
    return joined([differences(got, wanted), differences([read["args"] ?? .null], [expected["args"] ?? .null])])
}

private let checkPath: Check = { gates, _, one in
    let given = one["input"] ?? .null, expected = one["expect"] ?? .null
    let cwd = given["cwd"]?.stringValue, home = given["home"]?.stringValue
    let call = ToolCall(tool: "file.read", args: ["path": given["path"] ?? .null])
    let read = try action(gates.reader(cwd: cwd, home: home), call)
    if let code = expected["error"]?.stringValue { return refused(read, code) }
    // Without a directory or a home of its own a gate takes those of the process, and it works in a directory of this
    // system; the core's own runner asks the reader alone.
    guard let cwd, cwd.hasPrefix("/"), home != nil || !given.text("path").hasPrefix("~") else {
        return differences(read["type"], "file.read")
    }
    let others = read.items("effects").compactMap { $0["target"] }.sortedByText
    return differences(
        ["target": read["target"] ?? .null, "others": others],
        ["target": expected["target"] ?? .null, "others": expected.items("others").sortedByText])
}

private let checkURL: Check = { gates, _, one in
    let expected = one["expect"] ?? .null
    let call = ToolCall(tool: "http.request", args: ["url": one["input"]?["url"] ?? .null])
    let read = try action(gates.reader(), call)
    if let code = expected["error"]?.stringValue { return refused(read, code) }
    let flags = read.items("flags")
    let special = expected["special"] ?? .null
    return differences(
        [
            "target": read["target"] ?? .null, "special": .bool(flags.contains("special_address")),
            "metadata": .bool(flags.contains("metadata_host")), "ambiguous": .bool(flags.contains("ambiguous_url")),
        ],
        [
            "target": expected["target"] ?? .null, "special": .bool(special != .null),
            "metadata": .bool(special == "metadata"), "ambiguous": expected["ambiguous"] ?? .null,
        ])
}

private func refused(_ read: Value, _ code: String) -> String {
    let codes = read.items("doubts").map { $0.text("code") }
    return codes.contains(code) && read["confidence"] == "opaque" ? "" : "`\(code)` is not among \(codes)"
}

/// A tool that speaks each dialect, by the catalogue.
private let sqlTools = [
    "generic": "execute_sql", "postgresql": "postgres.query", "mysql": "mysql.query", "sqlite": "sqlite.execute",
    "mssql": "mssql.query", "snowflake": "snowflake.query", "bigquery": "bigquery.query",
]

private let checkSQL: Check = { gates, _, one in
    let given = one["input"] ?? .null, expected = one["expect"] ?? .null
    let call = ToolCall(tool: sqlTools[given.text("dialect")] ?? "", args: ["query": given["sql"] ?? .null])
    let read = try action(gates.reader(), call)
    let statements = expected.items("statements")
    let found = statements.count == 1 ? [read] : read.items("effects").filter { $0["type"] == "sql.query" }
    guard found.count == statements.count else { return "\(found.count) statements, not \(statements.count)" }
    let isUnclear = expected["unclear"] == true || statements.contains(where: unclear)
    return joined(
        zip(found, statements).map(differingStatement)
            + [differences(read["confidence"], isUnclear ? "opaque" : "exact")])
}

private func unclear(_ statement: Value) -> Bool {
    statement["unclear"] == true || statement.items("parts").contains(where: unclear)
}

/// Where the action of a statement, or those of the statements within it, differ from the expected ones.
private func differingStatement(_ part: Value, _ wanted: Value) -> String {
    let empty: [String: Value] = [
        "object": nil, "reads": [], "writes": [], "has_where": nil, "row_limit": nil, "functions": [],
    ]
    func filled(_ from: Value?) -> Value {
        var fields = empty.merging(from?.objectValue ?? [:]) { _, given in given }
        fields = fields.filter { empty[$0.key] != nil || $0.key == "statement" }
        return .object(fields)
    }
    let effects = part.items("effects")
    let outside = effects.compactMap { $0["type"] }.filter { $0 != "sql.query" }
    let reached = wanted.items("effects").filter { $0[1] != .null }.compactMap { $0[0] }
    let flags = part.items("flags").filter { $0.stringValue?.hasPrefix("sql_") ?? false }
    let extra = flags.filter { $0 == "sql_function" }
    let inner = effects.filter { $0["type"] == "sql.query" }
    let parts = wanted.items("parts")
    return joined(
        [
            differences(filled(part["args"]), filled(wanted)),
            differences(.array(outside), .array(reached), ".effects"),
            differences(flags.sortedByText, Array(Set(wanted.items("flags") + extra)).sortedByText, ".flags"),
            differences(.int(Int64(inner.count)), .int(Int64(parts.count)), ".parts"),
        ] + zip(inner, parts).map(differingStatement))
}

private let whatArgument = ["shell.exec": "command", "http.request": "url", "net.connect": "url"]

private let checkCode: Check = { gates, _, one in
    let given = one["input"] ?? .null, expected = one["expect"] ?? .null
    let args: Value = ["code": given["text"] ?? .null, "language": given["language"] ?? .null]
    let read = try action(gates.reader(), ToolCall(tool: "code.exec", args: args))
    if given.text("text").isEmpty { return differences(read["effects"], expected["effects"] ?? .null) }
    // Here the call alone says what language it is, which the reader by itself is not told.
    let details = read.items("doubts").filter { $0["code"] == "code.unresolved" }.compactMap { $0["detail"] }
    let own = details.filter { !($0.stringValue?.hasPrefix("only the call says") ?? false) }
    let got: [String: Value] = [
        "effects": .array(read.items("effects").map(asFound)), "imports": read["args"]?["imports"] ?? [],
        "flags": read.items("flags").filter { $0 != "unresolved" }.sortedByText, "doubts": .array(own),
    ]
    var wanted = (expected.objectValue ?? [:]).filter { got[$0.key] != nil }
    wanted["flags"] = wanted["flags"]?.arrayValue?.sortedByText
    return differences(.object(got), .object(wanted))
}

/// An effect as the reader of code found it.
private func asFound(_ effect: Value) -> Value {
    let args = effect["args"] ?? .null
    let what = args[whatArgument[effect.text("type")] ?? "path"] ?? .null
    return .array([effect["type"] ?? .null, what] + (args["recursive"] == true ? ["recursive"] : []))
}

private let checkRedact: Check = { _, _, one in
    differences([try redact(one["input"] ?? .null)], [one["expect"] ?? .null])
}

private let checkPolicy: Check = { _, _, one in
    var found: [Problem] = []
    do {
        let policy = one.items("policy").compactMap(\.stringValue).joined(separator: "\n")
        _ = try Gate.at(now, yaml: policy, cwd: workspace, home: one["home"]?.stringValue ?? home, files: nil)
    } catch ToolgateError.policy(let problems, _) {
        found = problems
    }
    let expected = one.items("expect")
    let unhelpful = zip(expected, found).filter { wanted, problem in
        !wanted.text("help").isEmpty && !problem.help.contains(wanted.text("help"))
    }
    let places = found.map { Value.array([.string($0.code), .int(Int64($0.line)), .int(Int64($0.column))]) }
    let wanted = expected.map { Value.array([$0["code"] ?? .null, $0["line"] ?? .null, $0["column"] ?? .null]) }
    return differences(.array(places), .array(wanted)) + (unhelpful.isEmpty ? "" : "the help lacks \(unhelpful)")
}

private let checkGuard: Check = { gates, vectors, one in
    let policy = vectors["policies"]?.items(one.text("policy")).compactMap(\.stringValue).joined(separator: "\n")
    let files = try one["files"]?.stringValue.map { try vectors["trees"]?[$0]?.json() ?? "" }
    let gate = try gates.gate(
        policy ?? "", cwd: one["cwd"]?.stringValue ?? workspace, home: one["home"]?.stringValue ?? home, files: files)
    guard let call = toolCall(one["call"] ?? .null) else {
        // A field that calls do not have is one that Swift's compiler refuses.
        return differences(["verdict": "deny", "code": "call.malformed_args"], one["expect"] ?? .null)
    }
    var expected = one["expect"]?.objectValue ?? [:]
    expected["flags"] = expected["flags"]?.arrayValue?.sortedByText
    expected["real_paths"] = expected["real_paths"].map { [$0] }
    return differences(told(gate.guard(call)), .object(expected))
}

/// The call of a vector, if it has no other fields than calls have.
private func toolCall(_ call: Value) -> ToolCall? {
    let known: Set = [
        "tool", "args", "principal", "session", "call_id", "approval", "estimated_cost_usd", "framework", "server",
        "cwd",
        "signals",
    ]
    guard known.isSuperset(of: (call.objectValue ?? [:]).keys) else { return nil }
    let session = call["session"]?.stringValue ?? call["session"]?["id"]?.stringValue
    let labels = call["session"]?.items("labels").compactMap(\.stringValue) ?? []
    let signals = call.items("signals").compactMap(\.stringValue)
    let tool = call.text("tool"), who = call["principal"].flatMap(principal), id = call["call_id"]?.stringValue
    let framework = call["framework"]?.stringValue, server = call["server"]?.stringValue
    let cwd = call["cwd"]?.stringValue, approval = call["approval"]?.stringValue
    let cost = call["estimated_cost_usd"]?.stringValue
    if let text = call["args"]?.stringValue {
        return ToolCall(
            tool: tool, json: text, principal: who, session: session, callID: id, approval: approval,
            estimatedCostUSD: cost, framework: framework, server: server, cwd: cwd, signals: signals, labels: labels)
    }
    return ToolCall(
        tool: tool, args: call["args"] ?? [:], principal: who, session: session, callID: id, approval: approval,
        estimatedCostUSD: cost, framework: framework, server: server, cwd: cwd, signals: signals, labels: labels)
}

private func principal(_ value: Value) -> Principal? {
    if let id = value.stringValue { return Principal(id) }
    return Principal(
        value.text("id"), role: value["role"]?.stringValue,
        onBehalfOf: value.items("on_behalf_of").compactMap(\.stringValue),
        attributes: value["attributes"]?.objectValue ?? [:])
}

/// A decision in the words of the vectors.
private func told(_ decision: Decision) -> Value {
    func duties(_ kind: Value) -> [Value] { decision.obligations.filter { $0["kind"] == kind } }
    let action = decision.action
    var told = decision.value.objectValue ?? [:]
    told["risk_score"] = .int(Int64(decision.riskScore))
    told["risk_level"] = decision.risk["level"]
    for name in ["type", "category", "target", "confidence"] { told[name] = action[name] }
    told["effects"] = .array(parts(action).map { [$0["type"] ?? .null, $0["target"] ?? .null] })
    told["flags"] = action.items("flags").sortedByText
    // In an array, so that they are compared as a whole.
    let paths = duties("real_path").map { ($0.text("of"), $0["value"] ?? .null) }
    told["real_paths"] = [.object(Dictionary(paths) { _, last in last })]
    told["safer_alternative"] = .array(duties("safer_alternative").compactMap { $0["value"] })
    told["pins"] = .array(
        duties("pin_addresses").map { duty in
            ["host": duty["host"] ?? .null, "port": duty["port"] ?? .null, "addresses": duty["addresses"] ?? .null]
        })
    return .object(told)
}

/// All that an action amounts to, outermost first.
private func parts(_ action: Value) -> [Value] {
    action.items("effects").flatMap { [$0] + parts($0) }
}

private let checkStory: Check = { _, vectors, one in
    // Each line ends: a digest of the text is in what is signed.
    let lines = vectors["policies"]?.items(one.text("policy")).compactMap(\.stringValue) ?? []
    var story = try Story(lines.map { "\($0)\n" }.joined())
    for (index, step) in one.items("steps").enumerated() {
        let why = try await story.take(story.filled(step))
        if !why.isEmpty { return "step \(index + 1): \(why)" }
    }
    return ""
}

/// A gate, its clock, and what was kept of its answers.
private struct Story {
    private let gate: Gate
    private var seconds = 0.0
    private var kept: [String: Value] = [:]
    private var decisions: [String: Decision] = [:]

    init(_ policy: String) throws {
        gate = try Gate.at(
            Self.told(0), yaml: policy, cwd: workspace, home: home, idSeed: 7,
            secrets: ["0123456789abcdef0123456789abcdef"])
    }

    /// The time as long after the story's beginning.
    private static func told(_ seconds: Double) -> String {
        let start = ISO8601DateFormatter().date(from: "2026-12-01T08:00:00Z") ?? .distantPast
        return ISO8601DateFormatter().string(from: start.addingTimeInterval(seconds))
    }

    /// The same with each `$name` replaced by what was kept under it.
    func filled(_ value: Value) -> Value {
        switch value {
        case .string(let text): kept[text] ?? value
        case .array(let items): .array(items.map(filled))
        case .object(let pairs): .object(pairs.mapValues(filled))
        default: value
        }
    }

    /// Where the step comes out otherwise than it should.
    mutating func take(_ step: Value) async throws -> String {
        if let wait = step["wait"]?.doubleValue {
            seconds += wait
            try gate.set(time: Self.told(seconds))
        } else if let call = step["guard"].flatMap(toolCall) {
            return decide(call, step)
        } else if let done = step["record"] {
            try record(done)
        } else if let asked = step["do"] {
            return try await operate(asked, step)
        }
        return ""
    }

    private mutating func decide(_ call: ToolCall, _ step: Value) -> String {
        let decision = gate.guard(call)
        decisions[decision.id] = decision
        if let name = step["keep"]?.stringValue {
            kept["$\(name).decision"] = .string(decision.id)
            kept["$\(name).approval"] = decision.approval?["id"]
        }
        return differences(decision.value, step["expect"] ?? [:])
    }

    private func record(_ done: Value) throws {
        guard let decision = decisions[done.text("decision")], let outcome = done["outcome"] else { return }
        let status = Outcome.Status(rawValue: outcome.text("status")) ?? .executed
        let tokens = outcome["tokens"]?.intValue.map { UInt64($0) }
        try gate.record(decision, Outcome(status, costUSD: outcome["cost_usd"]?.stringValue, tokens: tokens))
    }

    private mutating func operate(_ asked: Value, _ step: Value) async throws -> String {
        let answer: Value
        do {
            answer = try await gate.operate(asked.text("operation"), asked["args"]?.objectValue ?? [:])
        } catch ToolgateError.failed(_, let code) {
            return differences(.string(code), step["refused"] ?? .null)
        }
        if let name = step["keep"]?.stringValue {
            kept["$\(name)"] = answer
            for (part, value) in answer.objectValue ?? [:] { kept["$\(name).\(part)"] = value }
        }
        if let refused = step["refused"] { return "it was done, not refused with \(refused)" }
        return step["expect"].map { differences(answer, $0) } ?? ""
    }
}

private let checkRead: Check = { gates, _, one in
    let given = one["input"] ?? .null
    let call =
        if let line = given["line"] { ToolCall(tool: "Bash", args: ["command": line]) } else {
            ToolCall(tool: given.text("tool"), args: given["args"] ?? .null)
        }
    // On no machine in particular, where the links of the file system itself are still followed.
    let gate = try gates.gate("default: require_approval", cwd: workspace, home: home, files: nil)
    return differences(try gate.explain(call)["reading"], one["expect"] ?? .null)
}
