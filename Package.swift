// swift-tools-version: 6.2

import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    serviceLifecycle, logging,
]

let package = Package(
    name: "clusterrunner",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "clusterrunner", targets: ["clusterrunner"]),
        .library(name: "ClusterRunnerCore", targets: ["ClusterRunnerCore"]),
        .library(name: "ClusterRunnerClient", targets: ["ClusterRunnerClient", "ClusterRunnerAPI"]),
        .library(name: "ClusterRunnerTesting", targets: ["ClusterRunnerTesting"]),
    ],
    dependencies: [
        // Hummingbird's default traits, less its configuration reader. Naming them also keeps the order in which they
        // reach the compiler stable, without which every other build compiles Hummingbird anew.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird",
            from: "2.28.0",
            traits: ["FullFoundation"]
        ),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .target(name: "CSpawn"),
        .target(name: "CFiles"),

        .target(name: "ClusterRunnerCore", dependencies: ["CYAML", logging]),
        .target(name: "ClusterRunnerTerminal"),
        .target(name: "ClusterRunnerAPI", dependencies: ["ClusterRunnerCore", "COpenSSL"]),
        .target(
            name: "ClusterRunnerClient",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerCore", "ClusterRunnerFiles", logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(name: "ClusterRunnerFiles", dependencies: ["ClusterRunnerCore", "CFiles"]),
        .target(
            name: "ClusterRunnerProcess",
            dependencies: ["ClusterRunnerCore", "ClusterRunnerFiles", "CSpawn", logging]
        ),
        .target(name: "ClusterRunnerArchive", dependencies: ["ClusterRunnerCore", "ClusterRunnerFiles", "CArchive"]),
        .target(
            name: "ClusterRunnerStore",
            dependencies: ["ClusterRunnerCore", logging, .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(
            name: "ClusterRunnerHTTP",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerCore",
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + hummingbird
        ),
        .target(
            name: "ClusterRunnerDashboard",
            dependencies: [
                "ClusterRunnerCore", "ClusterRunnerTerminal", .product(name: "Mustache", package: "swift-mustache"),
            ],
            // In the binary, so that a master is one file and its pages need nothing from outside.
            resources: [.embedInCode("Templates"), .embedInCode("Assets")]
        ),
        .target(
            name: "ClusterRunnerMaster",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerCore", "ClusterRunnerDashboard", "ClusterRunnerFiles",
                "ClusterRunnerHTTP", "ClusterRunnerTerminal",
            ] + hummingbird
        ),
        .target(
            name: "ClusterRunnerSlave",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerClient", "ClusterRunnerCore", "ClusterRunnerFiles",
                "ClusterRunnerHTTP",
            ] + hummingbird
        ),
        .target(
            name: "ClusterRunnerCommands",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerClient", "ClusterRunnerCore", "ClusterRunnerFiles",
                "ClusterRunnerHTTP", "ClusterRunnerMaster", "ClusterRunnerSlave", "ClusterRunnerTerminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                serviceLifecycle, logging,
            ]
        ),
        .target(name: "ClusterRunnerTesting", dependencies: ["ClusterRunnerCore", logging, serviceLifecycle]),
        .target(
            name: "DirectoryProjectType",
            dependencies: ["ClusterRunnerCore"],
            path: "Plugins/DirectoryProjectType"
        ),
        .target(
            name: "GitProjectType",
            dependencies: ["ClusterRunnerCore", "ClusterRunnerFiles", "CGit2", "COpenSSL", logging],
            path: "Plugins/GitProjectType"
        ),
        .executableTarget(
            name: "clusterrunner",
            dependencies: [
                "ClusterRunnerArchive", "ClusterRunnerCommands", "ClusterRunnerCore", "ClusterRunnerProcess",
                "ClusterRunnerStore", "DirectoryProjectType", "GitProjectType", logging,
            ]
        ),

        .testTarget(name: "ClusterRunnerCoreTests", dependencies: ["ClusterRunnerCore", "ClusterRunnerTesting"]),
        .testTarget(name: "ClusterRunnerTerminalTests", dependencies: ["ClusterRunnerTerminal"]),
        .testTarget(
            name: "ClusterRunnerFilesTests",
            dependencies: ["ClusterRunnerCore", "ClusterRunnerFiles", "ClusterRunnerTesting"]
        ),
        .testTarget(name: "ClusterRunnerAPITests", dependencies: ["ClusterRunnerAPI", "ClusterRunnerCore"]),
        .testTarget(
            name: "ClusterRunnerClientTests",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerClient", "ClusterRunnerCore", "ClusterRunnerHTTP",
                "ClusterRunnerTesting", .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + hummingbird
        ),
        .testTarget(
            name: "ClusterRunnerHTTPTests",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerCore", "ClusterRunnerHTTP", "ClusterRunnerTesting",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + hummingbird
        ),
        .testTarget(
            name: "ClusterRunnerDashboardTests",
            dependencies: ["ClusterRunnerCore", "ClusterRunnerDashboard"]
        ),
        .testTarget(
            name: "ClusterRunnerMasterTests",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerCore",
                "ClusterRunnerDashboard", "ClusterRunnerFiles", "ClusterRunnerHTTP", "ClusterRunnerMaster",
                "ClusterRunnerProcess", "ClusterRunnerStore", "ClusterRunnerTesting", "DirectoryProjectType",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + hummingbird
        ),
        .testTarget(
            name: "ClusterRunnerSlaveTests",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerCore",
                "ClusterRunnerFiles", "ClusterRunnerHTTP", "ClusterRunnerProcess", "ClusterRunnerSlave",
                "ClusterRunnerTesting",
                "DirectoryProjectType", .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + hummingbird
        ),
        // Drives the built program, as users do.
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "ClusterRunnerAPI", "ClusterRunnerCore", "ClusterRunnerStore", "ClusterRunnerTesting", "clusterrunner",
            ]
        ),
        .testTarget(
            name: "ClusterRunnerProcessTests",
            dependencies: ["ClusterRunnerProcess", "ClusterRunnerCore", logging]
        ),
        .testTarget(
            name: "ClusterRunnerArchiveTests",
            dependencies: ["ClusterRunnerArchive", "ClusterRunnerCore", "ClusterRunnerFiles", "CArchive"]
        ),
        .testTarget(name: "ClusterRunnerStoreTests", dependencies: ["ClusterRunnerStore", "ClusterRunnerCore"]),
        .testTarget(
            name: "ClusterRunnerCommandsTests",
            dependencies: [
                "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerCommands", "ClusterRunnerCore",
                "ClusterRunnerFiles", "ClusterRunnerMaster", "ClusterRunnerProcess", "ClusterRunnerStore",
                "ClusterRunnerTerminal",
                "ClusterRunnerTesting", "DirectoryProjectType", "GitProjectType", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Help/Expected"]
        ),
        .testTarget(
            name: "DirectoryProjectTypeTests",
            dependencies: ["DirectoryProjectType", "ClusterRunnerCore", "ClusterRunnerTesting"]
        ),
        .testTarget(
            name: "GitProjectTypeTests",
            dependencies: [
                "GitProjectType", "ClusterRunnerCore", "ClusterRunnerFiles", "ClusterRunnerTesting", logging,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !["CFiles", "CSpawn"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
