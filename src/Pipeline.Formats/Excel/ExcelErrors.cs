using System.Security.Cryptography;
using System.Xml;
using ExcelDataReader.Exceptions;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>The one place that tells what an exception of the workbook readers means for a file.</summary>
static class ExcelErrors
{
    /// <summary>Runs a step and turns what damaged content makes it throw into a <see cref="BadFileException"/>.</summary>
    public static TResult Guard<T, TResult>(Func<T, TResult> step, T argument)
    {
        try
        {
            return step(argument);
        }
        catch (InvalidPasswordException)
        {
            throw new BadFileException(RejectCode.EncryptedFile,
                "The workbook is protected by a password: save it without one " +
                "(File, Info, Protect Workbook, Encrypt with Password, empty).");
        }
        catch (Exception e) when (
            e is HeaderException or CompoundDocumentException or ExcelReaderException or InvalidDataException or XmlException
            or EndOfStreamException or FormatException or OverflowException or IndexOutOfRangeException or ArgumentException
            or NullReferenceException or InvalidCastException or KeyNotFoundException
            or NotImplementedException or NotSupportedException
            or InvalidOperationException or DivideByZeroException or CryptographicException)
        {
            // The binary reader of old workbooks checks little before it indexes, so damage shows as any of these. Errors of
            // reading
            // (IOException) and of memory are not the file's fault and go on.
            throw new BadFileException(RejectCode.CorruptFile,
                $"The workbook is damaged ({Reason(e)}): open it in Excel, save it again, or get it anew.",
                e is XmlException { LineNumber: > 0 } xml ? xml.LineNumber : null);
        }
    }

    static string Reason(Exception e) => e switch
    {
        InvalidDataException or HeaderException or CompoundDocumentException or ExcelReaderException => e.Message.TrimEnd('.'),
        XmlException when e.Message.Contains("DTD", StringComparison.Ordinal) => "a part declares a document type with entities, as no workbook does",
        XmlException => "a part is not valid XML",
        EndOfStreamException => "it ends too early",
        _ => "its structure does not fit together",
    };
}
