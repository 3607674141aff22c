using Guardian.Contracts;
using Guardian.Storage.Audit;

namespace Guardian.Storage.Tests.Audit;

public sealed class MemoryAuditLogTests
{
    [Fact]
    public async Task Read_PagesAndVerify_AsTheRealOne()
    {
        var log = new MemoryAuditLog(TimeProvider.System);
        Assert.Null(log.State().Head);
        for (int i = 1; i <= 5; i++)
            await log.RecordAsync(new AuditAction("ann", "hold", "portfolio", "live", $"reason {i}", "held"));
        AuditPage page = log.Read(new AuditQuery { Limit = 3 });
        Assert.Equal([1L, 2, 3], page.Items.Select(e => e.Number));
        page = log.Read(new AuditQuery { Limit = 3, Cursor = page.Next });
        Assert.Equal([4L, 5], page.Items.Select(e => e.Number));
        Assert.Null(page.Next);
        Assert.Equal(5, log.Read(new AuditQuery { Limit = 1, NewestFirst = true }).Items[0].Number);
        Assert.True(log.Verify().Whole);
        Assert.Equal(5, log.State().Head!.Count);
    }
}
