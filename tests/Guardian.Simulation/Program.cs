using Guardian.Simulation.Running;

return CommandLine.Run(args, Console.Out);
