import Foundation
internal import ToolgateNative

/// What a policy says of a call.
public enum Verdict: String, Sendable, Codable {
    case allow
    case dryRun = "dry_run"
    case requireApproval = "require_approval"
    case deny
}

/// The whole answer to a tool call. Only a gate makes one, and nothing changes it.
public struct Decision: Sendable {
    /// Whether the tool may run.
    public let allowed: Bool
    let answer: Answer

    init(_ native: NativeDecision) {
        answer = Answer(native)
        // An answer that cannot be asked allows nothing.
        allowed = (try? native.allowed()) ?? false
    }

    /// The deny of a call that did not even reach the core.
    init(failure: String) {
        answer = Answer(failure: failure)
        allowed = false
    }

    /// Names this decision in the audit log: `dec_` and 32 hexadecimal digits.
    public var id: String { text("decision_id") }

    /// When it was made, as RFC 3339 text in UTC with microseconds.
    public var at: String { text("at") }

    /// The verdict.
    public var verdict: Verdict { allowed ? .allow : word("verdict") ?? .deny }

    /// What the verdict would have been, if the policy only observes.
    public var observed: Verdict? { word("observed") }

    /// Why, as a word to match on, such as `path.outside_allowed`. Codes are never renamed.
    public var code: String { text("code") }

    /// Why, in a sentence for a person or a model.
    public var reason: String { text("reason") }

    /// The rules and tool entries that led to it, strictest first.
    public var rules: [String] { (value["rules"]?.arrayValue ?? []).compactMap(\.stringValue) }

    /// The action as it was read: `type`, `category`, `target`, `args`, `effects` (the actions that it amounts to),
    /// `flags`, `confidence` (`exact`, `partial` or `opaque`) and `doubts`.
    public var action: Value { value["action"] ?? .null }

    /// How dangerous it is: `score`, `level` and `factors`.
    public var risk: Value { value["risk"] ?? .null }

    /// How dangerous it is, 0 to 100.
    public var riskScore: Int { Int(risk["score"]?.intValue ?? 0) }

    /// Digest of the policy that decided, `sha256:…`; empty if there is none.
    public var policyHash: String { text("policy_hash") }

    /// What comes with the verdict: objects with `kind` and, for `safer_alternative`, its `value`, for `pin_addresses`
    /// the `host`, the `port` and the `addresses` that the caller must use, for `real_path` the `value` and, under
    /// `of`, the path as it was read.
    public var obligations: [Value] { value["obligations"]?.arrayValue ?? [] }

    /// Where the action's path really leads; `nil` if it has none or its links were not followed.
    public var realPath: String? { (try? answer.native?.realPath()) ?? nil }

    /// Who has to consent: `count`, `distinct`, `from` and `expires_s` (seconds), and of the request that was made of it
    /// the `id`, the `url` where it can be answered and until when it `expires`, null where nobody was asked.
    public var approval: Value? {
        guard let terms = value["approval"], terms != .null else { return .none }
        return terms
    }

    /// Everything, under the names of the wire form: the id is `decision_id`.
    public var value: Value { answer.value }

    /// Everything as canonical JSON text: the same bytes in every language.
    public var json: String { answer.json }

    private func text(_ name: String) -> String {
        value[name]?.stringValue ?? ""
    }

    private func word(_ name: String) -> Verdict? {
        value[name]?.stringValue.flatMap(Verdict.init)
    }
}

extension Decision: Encodable {
    /// A decision that came out of bytes would be one that no gate made, so there is no way back.
    public func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
    }
}

extension Decision: CustomStringConvertible {
    public var description: String { "\(verdict.rawValue) (\(code)): \(reason)" }
}

/// What the core answered. Most decisions are asked for one word, so the rest is read when it is wanted.
final class Answer: @unchecked Sendable {
    let native: NativeDecision?
    /// What was read, behind the lock. A lock for each answer would cost more than most are asked.
    private var read: (json: String, value: Value)?
    private static let lock = NSLock()

    init(_ native: NativeDecision) {
        self.native = native
    }

    init(failure: String) {
        native = nil
        read = Self.failed(failure)
    }

    var json: String { whole.json }
    var value: Value { whole.value }

    private var whole: (json: String, value: Value) {
        if let whole = Self.lock.withLock({ read }) { return whole }
        let whole = fetched()
        return Self.lock.withLock {
            read = read ?? whole
            return read ?? whole
        }
    }

    private func fetched() -> (json: String, value: Value) {
        do {
            let json = try native?.json() ?? ""
            return (json, try Value(json: json))
        } catch {
            return Self.failed("the decision cannot be read: \(type(of: error))")
        }
    }

    private static func failed(_ why: String) -> (json: String, value: Value) {
        let value: Value = [
            "decision_id": "", "at": "", "verdict": "deny", "observed": nil, "code": "internal.error",
            "reason": .string(why), "rules": [], "action": nil, "risk": ["score": 0, "level": "low", "factors": []],
            "policy_hash": "", "obligations": [], "approval": nil,
        ]
        return (value.description, value)
    }
}
