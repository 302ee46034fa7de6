import Foundation

extension Gate {
    /// The gate that is used where none is given.
    ///
    /// It is built once, at the first use: by the policy named by the environment variable `TOOLGATE_POLICY`, else by
    /// the nearest `toolgate.yaml` in the working directory or above it. Without a usable policy it denies everything,
    /// and each decision says why and what to do.
    public static var `default`: Gate {
        standing.gate()
    }

    /// Makes `gate` the one that is used where none is given. `nil` looks for the policy anew, at the next use.
    public static func setDefault(_ gate: Gate?) {
        standing.put(gate)
    }
}

private let standing = DefaultGate()

private final class DefaultGate: @unchecked Sendable {
    private let lock = NSLock()
    private var made: Gate?

    func gate() -> Gate {
        lock.withLock {
            let gate = made ?? Gate.discover()
            made = gate
            return gate
        }
    }

    func put(_ gate: Gate?) {
        lock.withLock { made = gate }
    }
}
