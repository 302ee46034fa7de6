// swift-tools-version: 6.0
import PackageDescription

// The library itself comes from Cargo: say where it lies when you build (`-Xlinker -L…`, see docs/swift.md). A release
// for Apple platforms puts a binary target in the place of `ToolgateFFI`; see scripts/xcframework.
let package = Package(
    name: "Toolgate",
    platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
    products: [.library(name: "Toolgate", targets: ["Toolgate"])],
    targets: [
        .systemLibrary(name: "ToolgateFFI"),
        .target(
            name: "ToolgateNative",
            dependencies: ["ToolgateFFI"],
            linkerSettings: [.linkedLibrary("toolgate_ffi")]),
        .target(name: "Toolgate", dependencies: ["ToolgateNative"]),
        .testTarget(name: "ToolgateTests", dependencies: ["Toolgate", "ToolgateNative"]),
        .executableTarget(name: "Benchmark", dependencies: ["Toolgate"], path: "Benchmark"),
        .executableTarget(name: "Parity", dependencies: ["Toolgate"], path: "Parity"),
    ],
    swiftLanguageModes: [.v6]
)
