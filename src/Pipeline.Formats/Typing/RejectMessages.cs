namespace Pipeline.Formats.Typing;

/// <summary>
/// What is wrong with a value and what to do. Never the value itself: messages go to logs and metrics of everybody.
/// </summary>
static class RejectMessages
{
    public static string For(RejectCode code, ColumnPlan plan)
    {
        var column = $"Column \"{plan.Name}\" ({plan.Type.Name})";
        return code switch
        {
            RejectCode.NotABoolean => $"{column}: the value is not true or false. Correct it, or declare the column as String.",
            RejectCode.NotAnInteger =>
                $"{column}: the value is not a whole number. Correct it, or declare the column as Decimal or String.",
            RejectCode.NotADecimal => $"{column}: the value is not a number. Correct it, or declare the column as String.",
            RejectCode.NotAFloat => $"{column}: the value is not a number. Correct it, or declare the column as String.",
            RejectCode.NotADate =>
                $"{column}: the value is not a date of the calendar. Write it as yyyy-MM-dd, or declare the column as String.",
            RejectCode.NotATimestamp =>
                $"{column}: the value is not a timestamp. Write it as yyyy-MM-dd HH:mm:ss, or declare the column as String.",
            RejectCode.NotAUuid => $"{column}: the value is not a UUID. Correct it, or declare the column as String.",
            RejectCode.NotAnIpAddress =>
                $"{column}: the value is not an address of this kind. Correct it, or declare the column as String.",
            RejectCode.NotAnEnumValue => $"{column}: the value is none of the enumeration. Correct it, or add it to the type.",
            RejectCode.NotAnArray =>
                $"{column}: the value is not a JSON array of such elements. Correct it, or declare the column as String.",
            RejectCode.OutOfRange =>
                $"{column}: the value is outside the range of the type. Correct it, or declare a wider type.",
            RejectCode.TooManyDigits =>
                $"{column}: the value has more digits after the point than the type holds. Round it, or declare more digits.",
            RejectCode.TooLong =>
                $"{column}: the text is longer than the type holds. Shorten it, or declare the column as String.",
            RejectCode.AmbiguousDate =>
                $"{column}: the values do not show whether the day or the month comes first. Write dates as yyyy-MM-dd.",
            RejectCode.NullNotAllowed =>
                $"{column}: there is no value, and the column takes no null. Add one, or declare the column as Nullable.",
            RejectCode.RequiredMissing => $"{column}: a value is required and there is none. Add one, or drop the rule.",
            RejectCode.BelowMinimum =>
                $"{column}: the value is below the minimum {plan.Rules?.Min}. Correct it, or change the rule.",
            RejectCode.AboveMaximum =>
                $"{column}: the value is above the maximum {plan.Rules?.Max}. Correct it, or change the rule.",
            RejectCode.NotInSet =>
                $"{column}: the value is not one of the {plan.Rules?.In?.Count} allowed ones. Correct it, or change the rule.",
            RejectCode.PatternMismatch =>
                $"{column}: the text does not match the pattern {plan.Rules?.Pattern}. Correct it, or change the rule.",
            _ => $"{column}: {code.Name()}.",
        };
    }
}
