import Foundation
internal import ToolgateNative

/// How a file is opened.
public struct OpenMode: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    public static let read = OpenMode(rawValue: 1)
    public static let write = OpenMode(rawValue: 2)
    /// For writing at the end.
    public static let append = OpenMode(rawValue: 4)
    /// Emptied first.
    public static let truncate = OpenMode(rawValue: 8)
    /// Made if it is not there.
    public static let create = OpenMode(rawValue: 16)
    /// Made, and refused if it is there.
    public static let createNew = OpenMode(rawValue: 32)

    /// For writing a file from its start, made if it is not there.
    public static let overwrite: OpenMode = [.write, .truncate, .create]

    fileprivate var native: NativeOpenOptions {
        NativeOpenOptions(
            read: contains(.read), write: contains(.write), append: contains(.append), truncate: contains(.truncate),
            create: contains(.create), createNew: contains(.createNew))
    }
}

/// Opens the file `path` beneath the directory `root`.
///
/// No name of `path` may be a link, not even one that stays beneath `root`, and none may be `..`. What is opened is
/// what the names say, whatever happens to the tree meanwhile. `root` itself is trusted and may be reached by links. A
/// hard link is a name like any other and is not seen.
///
/// - Throws: `POSIXError` for whatever keeps the file from being opened; a link on the way is one of these.
public func openBeneath(_ root: String, _ path: String, mode: OpenMode = .read) throws -> FileHandle {
    try handle { try ToolgateNative.openBeneath(root: root, path: path, options: mode.native) }
}

extension Decision {
    /// Opens exactly the file that was decided about: no link that has been put in its way since is followed.
    ///
    /// - Throws: `POSIXError` with `EACCES` if the decision does not allow it: the verdict is not `allow`, the action
    ///   is not about one file whose links were followed, or it only reads and `mode` changes the file. Another
    ///   `POSIXError` for whatever else keeps the file from being opened.
    public func open(mode: OpenMode = .read) throws -> FileHandle {
        guard let native = answer.native else { throw POSIXError(.EACCES) }
        return try handle { try native.open(options: mode.native) }
    }
}

private func handle(_ opened: () throws -> Int32) throws -> FileHandle {
    FileHandle(fileDescriptor: try calling(opened), closeOnDealloc: true)
}
