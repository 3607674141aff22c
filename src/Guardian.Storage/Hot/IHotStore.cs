using Guardian.Contracts;

namespace Guardian.Storage.Hot;

/// <summary>L1: the newest verdict per symbol. The latest value wins; an older (epoch, sequence) is refused.</summary>
/// <remarks>Thread-safe. Never awaited on the way to a decision.</remarks>
public interface IHotStore
{
    /// <summary>Gets what it is made of, such as <c>memory</c>.</summary>
    string Store { get; }

    /// <summary>Stores a verdict.</summary>
    /// <returns>False when a newer one is there already.</returns>
    ValueTask<bool> PutAsync(Verdict verdict);

    /// <summary>Reads the newest verdict; null when there is none.</summary>
    ValueTask<Verdict?> GetAsync(string symbol);

    /// <summary>Forgets a symbol.</summary>
    ValueTask ForgetAsync(string symbol);
}
