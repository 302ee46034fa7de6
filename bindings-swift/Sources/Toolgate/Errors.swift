import Foundation
internal import ToolgateNative

/// What Toolgate throws.
public enum ToolgateError: Error, Sendable {
    /// The tool may not run; the decision says why.
    case toolDenied(Decision)
    /// The tool may run once a person consents; `decision.approval` says who has to.
    case approvalRequired(Decision)
    /// The policy wants the tool to be tried without effect, so it did not run.
    case dryRun(Decision)
    /// A policy was not loaded. The code is `policy.invalid`, `policy.missing` or `policy.digest_mismatch`.
    case policy([Problem], code: String)
    /// The audit log could not be written or read.
    case audit(String)
    /// Something else could not be done, such as reading a value (`call.number_out_of_range`) or giving consent
    /// (`approval.expired`); `internal.panic` is a failure of Toolgate itself.
    case failed(String, code: String)

    /// The decision that kept a tool from running.
    public var decision: Decision? {
        switch self {
        case .toolDenied(let decision), .approvalRequired(let decision), .dryRun(let decision): decision
        default: nil
        }
    }

    /// Why, as a word to match on: of a tool that did not run the decision's.
    public var code: String {
        switch self {
        case .toolDenied(let decision), .approvalRequired(let decision), .dryRun(let decision): decision.code
        case .policy(_, let code), .failed(_, let code): code
        case .audit: "audit.unwritable"
        }
    }

    /// The error for a decision that lets nothing run.
    init(_ decision: Decision) {
        switch decision.verdict {
        case .requireApproval: self = .approvalRequired(decision)
        case .dryRun: self = .dryRun(decision)
        case .deny, .allow: self = .toolDenied(decision)
        }
    }
}

extension ToolgateError: CustomStringConvertible, LocalizedError {
    /// For a tool that did not run: what stopped it, the reason and the code, fit to be shown to the model.
    public var description: String {
        switch self {
        case .toolDenied(let decision): "denied: \(decision.reason) (\(decision.code))"
        case .approvalRequired(let decision): "approval required: \(decision.reason) (\(decision.code))"
        case .dryRun(let decision): "dry run: \(decision.reason) (\(decision.code))"
        case .policy(let problems, _): problems.map(\.description).joined(separator: "\n")
        case .audit(let message): message
        case .failed(let message, _): message
        }
    }

    public var errorDescription: String? { description }
}

/// One thing wrong with a policy: where, what, and what to write instead.
public struct Problem: Sendable, Hashable, Decodable, CustomStringConvertible {
    /// The file as you named it; empty for a policy given as text.
    public let file: String
    /// The line, counted from 1.
    public let line: Int
    /// The column in characters, counted from 1.
    public let column: Int
    /// The kind of problem, such as `policy.unknown_field`.
    public let code: String
    /// What is wrong, in one clause.
    public let message: String
    /// What to do about it; empty if the message says it all.
    public let help: String

    public var description: String {
        "\(file.isEmpty ? "policy" : file):\(line):\(column): \(message)" + (help.isEmpty ? "" : "\n  help: \(help)")
    }
}

/// Does `work` in the library; what it throws comes out as this package's own errors.
func calling<Output>(_ work: () throws -> Output) throws -> Output {
    do {
        return try work()
    } catch let error as NativeError {
        throw translated(error)
    } catch {
        // A panic is caught on the way out of the library.
        throw ToolgateError.failed("the library failed inside: \(type(of: error))", code: "internal.panic")
    }
}

private func translated(_ error: NativeError) -> any Error {
    switch error {
    case .Policy(let message, let json): policyError(message, json)
    case .Audit(let message): ToolgateError.audit(message)
    case .Value(let code, let message): ToolgateError.failed(message, code: code)
    case .File(let errno, let message):
        // The library's own refusals have no number of the system.
        POSIXError(POSIXErrorCode(rawValue: errno) ?? .EACCES, userInfo: [NSLocalizedDescriptionKey: message])
    }
}

private func policyError(_ message: String, _ json: String) -> ToolgateError {
    guard let whole = try? Value(json: json), let problems = try? whole["problems"]?.decoded(as: [Problem].self) else {
        return .failed(message, code: "policy.invalid")
    }
    return .policy(problems, code: whole["code"]?.stringValue ?? "policy.invalid")
}
