internal import ToolgateNative

/// What became of a decision, for `Gate.record`.
public struct Outcome: Sendable, Hashable {
    /// Whether the tool ran.
    public enum Status: String, Sendable, Codable {
        /// It ran and returned.
        case executed
        /// It ran and failed.
        case failed
        /// It did not run.
        case skipped
    }

    public var status: Status
    /// How long the tool ran, in milliseconds.
    public var durationMS: UInt64?
    /// What it cost in US dollars, as decimal text such as `0.0125`.
    public var costUSD: String?
    /// Tokens that a language model read and wrote for it.
    public var tokens: UInt64?
    /// A digest of its result, `sha256:…`.
    public var resultDigest: String?
    /// What went wrong, in a few words; it is written to the log without what looks like a secret.
    public var error: String?

    public init(
        _ status: Status, durationMS: UInt64? = nil, costUSD: String? = nil, tokens: UInt64? = nil,
        resultDigest: String? = nil, error: String? = nil
    ) {
        self.status = status
        self.durationMS = durationMS
        self.costUSD = costUSD
        self.tokens = tokens
        self.resultDigest = resultDigest
        self.error = error
    }

    var native: NativeOutcome {
        NativeOutcome(
            status: status.rawValue, durationMs: durationMS, costUsd: costUSD, tokens: tokens,
            resultDigest: resultDigest, error: error)
    }
}

/// What an audit log holds, and the first thing wrong with it.
public struct Verification: Sendable, Hashable {
    /// How many records are in order, up to the problem if there is one.
    public let records: UInt64
    /// How many files were read.
    public let files: UInt64
    /// The first thing that is wrong.
    public let problem: Broken?

    /// Whether nothing is wrong.
    public var ok: Bool { problem == nil }

    init(_ native: NativeVerification) {
        records = native.records
        files = native.files
        problem = native.problem.map(Broken.init)
    }
}

/// Where an audit log is not as it was written.
public struct Broken: Sendable, Hashable, CustomStringConvertible {
    /// The file's name, such as `2026-11-21.jsonl`.
    public let file: String
    /// The line, counted from 1.
    public let line: UInt64
    /// The number of the record that was to be here.
    public let seq: UInt64
    /// What is wrong, in one clause.
    public let why: String

    public var description: String { "\(file):\(line): \(why)" }

    init(_ native: NativeBroken) {
        file = native.file
        line = native.line
        seq = native.seq
        why = native.why
    }
}
