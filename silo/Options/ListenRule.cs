using System.Net;
using Microsoft.AspNetCore.Http;

namespace Guardian.Silo.Options;

/// <summary>Holds the rule that nothing but loopback is listened on while there is no authentication.</summary>
internal static class ListenRule
{
    /// <summary>Reads addresses separated by <c>;</c>.</summary>
    /// <param name="urls">Such as <c>http://127.0.0.1:8080;http://[::1]:8080</c>.</param>
    /// <param name="errors">Takes one line for each address that is refused.</param>
    /// <returns>The addresses that may be listened on.</returns>
    public static IReadOnlyList<ListenAddress> Read(string urls, List<string> errors)
    {
        List<ListenAddress> addresses = [];
        string[] parts = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string url in parts)
        {
            if (Read(url, out string error) is { } address) addresses.Add(address);
            else errors.Add(error);
        }

        if (parts.Length == 0)
            errors.Add(NoAddress("is", urls));
        return addresses;
    }

    private static ListenAddress? Read(string url, out string error)
    {
        error = NoAddress("has", url);
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }

        if (address.Port is < 0 or > 65535 || address.IsNamedPipe) return null;
        if (!string.Equals(address.Scheme, "http", StringComparison.OrdinalIgnoreCase))
        {
            error = $"Condition failed: ASPNETCORE_URLS has '{url}'; this version serves http on loopback only: "
                + $"use {GuardianSiloOptions.DefaultUrl}.";
            return null;
        }

        if (!IsLoopback(address))
        {
            error = $"Condition failed: ASPNETCORE_URLS has '{url}', which is not loopback: listening there needs "
                + "authentication, which this version does not have: bind to 127.0.0.1.";
            return null;
        }

        if (address.PathBase.Length > 0) return null;
        return new ListenAddress(url, address.Host, address.Port);
    }

    private static string NoAddress(string verb, string text) =>
        $"Condition failed: ASPNETCORE_URLS {verb} '{text}'; "
        + $"it takes addresses such as {GuardianSiloOptions.DefaultUrl}.";

    // A name other than localhost would make the server listen on every interface.
    private static bool IsLoopback(BindingAddress address) =>
        !address.IsUnixPipe
        && (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip)));
}
